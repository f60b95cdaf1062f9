"""The flush window of the bucket counter: the judged batches since the last flush, as columns.

Closed dimensions become codes at once. Open ones are interned per window (their durable codes are looked up once
per distinct value at the flush), so nothing here grows with the life of the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import Batch
from dealstream.domain.dimension import Closed, text
from dealstream.domain.event import EventDecoder
from dealstream.domain.ranges import Ranges
from dealstream.domain.relevance import Relevance
from dealstream.domain.verdicts import kept

_Int64s = npt.NDArray[np.int64]


class _Interner(dict[str, int]):
    """Gives every new text the next number."""

    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        return number


@dataclass(frozen=True)
class Columns:
    """The kept events of a window: one entry an event in each array.

    ``codes`` is by dimension: positions in ``labels`` of the same dimension.
    """

    partitions: npt.NDArray[np.int32]
    offsets: _Int64s
    types: npt.NDArray[np.int8]
    codes: dict[str, npt.NDArray[np.int32]]
    labels: dict[str, Sequence[str]]


class FlushWindow:
    """Collects judged batches until they are flushed together."""

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._decoder = EventDecoder(relevance)
        self._type_codes = {name: code for code, name in enumerate(relevance.types.names)}
        self._dimensions = {
            name: dimension
            for name, dimension in relevance.dimensions.items()
            if any(name in cuboid.dimensions for cuboid in relevance.layout.cuboids)
        }
        self.clear()

    def clear(self) -> None:
        """Forget everything: it was flushed or has failed."""
        self._chunks: list[tuple[int, _Int64s, npt.NDArray[np.int8], dict[str, npt.NDArray[np.int32]]]] = []
        self._interners = {name: _Interner() for name, d in self._dimensions.items() if not isinstance(d, Closed)}
        self.verdicts: list[tuple[int, _Int64s, npt.NDArray[np.uint8]]] = []
        self.ranges: dict[int, Ranges] = {}
        self.records = 0

    def add(self, batch: Batch, verdicts: bytes) -> None:
        """Take in a batch with the letter that dedup gave each of its records.

        A batch that is there already (it timed out and came again) changes nothing.

        Raises:
            ValueError: a record was kept that is no event.

        """
        if not batch.first < batch.next:
            return
        known = self.ranges.get(batch.partition, Ranges())
        letters = np.frombuffer(verdicts, np.uint8)
        new = ~known.contains(batch.offsets)
        self.ranges[batch.partition] = known.add(batch.first, batch.next)
        self.verdicts.append((batch.partition, batch.offsets[new], letters[new]))
        self.records += int(new.sum())
        self._add_kept(batch, new & kept(verdicts))

    def _add_kept(self, batch: Batch, chosen: npt.NDArray[np.bool_]) -> None:
        judged = self._decoder.judge(batch)
        wanted = chosen[judged.rows]
        if int(wanted.sum()) != int(chosen.sum()):
            raise ValueError(f"a record in [{batch.first}, {batch.next}) was kept that is no event: {judged.reasons}")
        type_column = judged.columns[self._relevance.event.type]
        types = np.fromiter(map(self._type_codes.__getitem__, type_column), np.int8, len(type_column))
        codes = {}
        for name, dimension in self._dimensions.items():
            if isinstance(dimension, Closed):
                codes[name] = dimension.codes(judged.columns)[wanted]
            else:
                column = [value if type(value) is str else text(value) for value in judged.columns[dimension.field]]
                column = [value for value, want in zip(column, wanted.tolist(), strict=True) if want]
                interner = self._interners[name]
                codes[name] = np.fromiter(map(interner.__getitem__, column), np.int32, len(column))
        self._chunks.append((batch.partition, batch.offsets[judged.rows[wanted]], types[wanted], codes))

    def columns(self) -> Columns:
        """Return the kept events."""
        chunks = self._chunks
        return Columns(
            partitions=np.repeat(
                np.array([chunk[0] for chunk in chunks], np.int32), np.array([len(chunk[1]) for chunk in chunks], int)
            ),
            offsets=np.concatenate([chunk[1] for chunk in chunks] or [np.zeros(0, np.int64)]),
            types=np.concatenate([chunk[2] for chunk in chunks] or [np.zeros(0, np.int8)]),
            codes={
                name: np.concatenate([chunk[3][name] for chunk in chunks] or [np.zeros(0, np.int32)])
                for name in self._dimensions
            },
            labels={
                name: dimension.labels if isinstance(dimension, Closed) else list(self._interners[name])
                for name, dimension in self._dimensions.items()
            },
        )
