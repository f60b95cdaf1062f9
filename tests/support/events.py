"""Events of a small deployment that has one dimension of each kind."""

import json
from collections.abc import Sequence
from typing import Any

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.records import Records
from dealstream.domain.relevance_table import parse

TABLE: dict[str, Any] = {
    "name": "test",
    "slots": 4,
    "types": {"impression": "shown", "conversion": "bought", "others": ["clicked"]},
    "cuboids": [["deal"], ["deal", "gender"], ["deal", "city", "price"], ["city"], ["gender", "far"]],
    "dimensions": {
        "gender": {"field": "gender", "values": ["f", "m"]},
        "city": {"field": "city", "capacity": 4},
        "price": {"field": "price", "edges": [10, 25]},
        "far": {"origin": ["lat", "lon"], "destination": ["deal_lat", "deal_lon"], "edges": [2, 10]},
    },
}
RELEVANCE = parse(TABLE)
HOUR_MS = 3_600_000


def event(id_: str | int = "e1", **fields: Any) -> bytes:
    """Return the JSON of an event; name the fields that matter, leave the rest."""
    return json.dumps({"id": id_, "time": 0, "type": "shown", "user": "u1", "deal": "d1", **fields}).encode()


def batch(
    values: Sequence[bytes | None],
    first: int = 0,
    partition: int = 0,
    timestamps: Sequence[int] | None = None,
) -> Batch:
    """Return a batch without gaps."""
    end = first + len(values)
    return of_records(Records.of(partition, range(first, end), timestamps or [0] * len(values), values), first, end)
