"""The flush window of the bucket counter: the judged batches since the last flush, as columns.

Closed dimensions become codes at once. Open ones are interned per window (their durable codes are looked up once
per distinct value at the flush), so nothing here grows with the life of the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import Batch
from dealstream.domain.dimension import Closed
from dealstream.domain.event import Columns as JsonColumns
from dealstream.domain.event import times
from dealstream.domain.interner import Interner
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.ranges import Ranges
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain
from dealstream.domain.verdicts import kept

_Int64s = npt.NDArray[np.int64]
_Number = TypeVar("_Number", np.int64, np.int32, np.int8)


@dataclass(frozen=True)
class Columns:
    """The kept events of a window: one entry an event in each array.

    ``times`` are in milliseconds since 1970; ``codes`` is by dimension: positions in ``labels`` of the same dimension;
    ``users`` are positions in ``user_names``. Times and users are empty where nothing is counted by them.
    """

    partitions: npt.NDArray[np.int32]
    offsets: _Int64s
    types: npt.NDArray[np.int8]
    times: _Int64s
    codes: dict[str, npt.NDArray[np.int32]]
    labels: dict[str, Sequence[str]]
    users: npt.NDArray[np.int32]
    user_names: Sequence[str]

    def only(self, chosen: npt.NDArray[np.bool_] | _Int64s) -> "Columns":
        """Return the chosen events: those of a mask, or of positions and in their order."""
        return Columns(
            partitions=self.partitions[chosen],
            offsets=self.offsets[chosen],
            types=self.types[chosen],
            times=self.times[chosen] if len(self.times) else self.times,
            codes={name: column[chosen] for name, column in self.codes.items()},
            labels=self.labels,
            users=self.users[chosen] if len(self.users) else self.users,
            user_names=self.user_names,
        )


@dataclass(frozen=True)
class _Chunk:
    """The kept events of one batch."""

    partition: int
    offsets: _Int64s
    types: npt.NDArray[np.int8]
    times: _Int64s
    codes: dict[str, npt.NDArray[np.int32]]
    users: npt.NDArray[np.int32]


class FlushWindow:
    """Collects judged batches until they are flushed together."""

    def __init__(self, relevance: Relevance, whole: bool = False) -> None:
        """Keep of events what is counted; ``whole`` keeps every dimension, the time and the user in any case."""
        self._relevance = relevance
        self._type_codes = {name: code for code, name in enumerate(relevance.types.names)}
        self._dimensions = {
            name: dimension
            for name, dimension in relevance.dimensions.items()
            if whole or any(name in cuboid.dimensions for cuboid in relevance.layout.cuboids)
        }
        self._timed = whole or any(grain is not Grain.EVER for grain in relevance.layout.grains())
        self._by_user = whole or any(cuboid.spec.users for cuboid in relevance.layout.cuboids)
        self._decoder = KeptDecoder(relevance, self._wanted())
        self.clear()

    def clear(self) -> None:
        """Forget everything: it was flushed or has failed."""
        self._chunks: list[_Chunk] = []
        self._users = Interner()
        self._interners = {name: Interner() for name, d in self._dimensions.items() if not isinstance(d, Closed)}
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
        chosen = new & kept(verdicts)
        self._add_kept(batch.partition, batch.offsets[chosen], self._decoder.columns(batch, verdicts, chosen))

    def _wanted(self) -> set[str]:
        """Return the JSON fields that are counted."""
        event = self._relevance.event
        fields = {event.type, *(field for dimension in self._dimensions.values() for field in dimension.fields)}
        return fields | ({event.time} if self._timed else set()) | ({event.user} if self._by_user else set())

    def _add_kept(self, partition: int, offsets: _Int64s, columns: JsonColumns) -> None:
        event = self._relevance.event
        types = np.fromiter(map(self._type_codes.__getitem__, columns[event.type]), np.int8, len(offsets))
        codes = {
            name: dimension.codes(columns)
            if isinstance(dimension, Closed)
            else self._interners[name].numbers(columns[dimension.field])
            for name, dimension in self._dimensions.items()
        }
        times_ms, users = np.zeros(0, np.int64), np.zeros(0, np.int32)
        if self._timed:
            times_ms = times(columns[event.time])
        if self._by_user:
            users = self._users.numbers(columns[event.user])
        self._chunks.append(_Chunk(partition, offsets, types, times_ms, codes, users))

    def columns(self) -> Columns:
        """Return the kept events."""
        chunks = self._chunks
        sizes = np.array([len(chunk.offsets) for chunk in chunks], int)
        return Columns(
            partitions=np.repeat(np.array([chunk.partition for chunk in chunks], np.int32), sizes),
            offsets=_joined([chunk.offsets for chunk in chunks], np.int64),
            types=_joined([chunk.types for chunk in chunks], np.int8),
            times=_joined([chunk.times for chunk in chunks], np.int64),
            codes={name: _joined([chunk.codes[name] for chunk in chunks], np.int32) for name in self._dimensions},
            labels={
                name: dimension.labels if isinstance(dimension, Closed) else list(self._interners[name].labels)
                for name, dimension in self._dimensions.items()
            },
            users=_joined([chunk.users for chunk in chunks], np.int32),
            user_names=list(self._users.labels),
        )


def _joined(arrays: Sequence[npt.NDArray[_Number]], kind: type[_Number]) -> npt.NDArray[_Number]:
    return np.concatenate([np.zeros(0, kind), *arrays])
