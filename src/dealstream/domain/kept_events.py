"""The fields that a sink needs of the events that dedup has kept: judged already, so nothing is checked again."""

from collections.abc import Collection
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import REJECTED, Batch
from dealstream.domain.event import UNDECODABLE, Columns, event_fields, json_decoder
from dealstream.domain.relevance import Relevance


class KeptDecoder:
    """Decodes the ``wanted`` JSON fields; skipping the others costs next to nothing."""

    def __init__(self, relevance: Relevance, wanted: Collection[str]) -> None:
        fields = event_fields(relevance)
        self._json, self._fields = json_decoder({field: fields[field] for field in wanted})

    def columns(self, batch: Batch, verdicts: bytes, chosen: npt.NDArray[np.bool_]) -> Columns:
        """Return the columns of the ``chosen`` records, of which none was rejected.

        Raises:
            ValueError: a record was not rejected that is no event.

        """
        judged = np.frombuffer(verdicts, np.uint8) != REJECTED[0]
        try:
            events = self._json.decode_lines(_lines(batch, judged))
        except UNDECODABLE as error:
            raise ValueError(f"{_where(batch)} is no event, and was not rejected: {error}") from error
        if len(events) != int(judged.sum()):
            raise ValueError(f"{_where(batch)} is no event, and was not rejected")
        mask = chosen[judged]
        return self._columns(events if mask.all() else list(compress(events, mask.tolist())))

    def _columns(self, events: list[msgspec.Struct]) -> Columns:
        columns: list[Any] = [*zip(*map(msgspec.structs.astuple, events), strict=True)] or [()] * len(self._fields)
        return dict(zip(self._fields, columns, strict=True))


def _lines(batch: Batch, chosen: npt.NDArray[np.bool_]) -> bytes:
    if chosen.all():
        return batch.lines
    return b"\n".join(value or b"" for value in compress(batch.values, chosen.tolist()))


def _where(batch: Batch) -> str:
    return f"a record of partition {batch.partition} in [{batch.first}, {batch.next})"
