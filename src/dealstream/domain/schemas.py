"""Schemas: what a deployment counts, as six hex digits, and the Redis keys of each. That of relevance.toml is current.

When what is counted changes, a new schema counts the log anew under keys of its own; the keys of the old one stay.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dealstream.domain.slots import Keys

_SCHEMA = re.compile(r"([0-9a-f]{6}):")
# what the ranges of a schema are replaced by before its keys are deleted: no reader takes it for ranges
RETIRED = b"retired"


@dataclass(frozen=True)
class Deployment:
    """A name under which schemas are counted."""

    name: str

    def prefix(self, schema: str) -> str:
        """Return what every Redis key of a schema starts with."""
        return f"{self.name}:{schema}:"

    def keys(self, schema: str) -> Keys:
        """Return the keys of a schema, but for those of owners: how many slots it has is not known."""
        return Keys(self.prefix(schema), slots=0)

    def schema_of(self, key: str) -> str | None:
        """Return the schema of a key; None if it is none of this deployment."""
        start = len(self.name) + 1
        match = _SCHEMA.match(key, start) if key.startswith(f"{self.name}:") else None
        return match[1] if match else None

    def applied(self, key: str) -> tuple[int, int] | None:
        """Return the slot and the partition of a key of counted ranges, of any schema; None of any other key."""
        schema = self.schema_of(key) if "}:applied:" in key else None
        return None if schema is None else self.keys(schema).parse_applied(key)


def progress(watermarks: Mapping[tuple[int, int], int], slots: int | None = None) -> int:
    """Return how many records every slot has counted: the sum over partitions of the lowest watermark.

    ``watermarks`` are by (slot, partition). A slot of which there is none has counted nothing. Where it is not known
    how many ``slots`` there are, there are as many as the highest one says.
    """
    slots = 1 + max((slot for slot, _ in watermarks), default=-1) if slots is None else slots
    partitions = {partition for _, partition in watermarks}
    return sum(min(watermarks.get((slot, each), 0) for slot in range(slots)) for each in partitions)
