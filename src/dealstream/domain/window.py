"""The flush window of the bucket counter: the judged batches since the last flush, as columns.

Closed dimensions have their codes already. Open ones are interned per window (their durable codes are looked up once
per distinct value at the flush), so nothing here grows with the life of the process.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import Batch
from dealstream.domain.coded import Coded
from dealstream.domain.coder import Coder
from dealstream.domain.dimension import Closed
from dealstream.domain.interner import Interner
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.ranges import Ranges
from dealstream.domain.relevance import Relevance
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


class FlushWindow:
    """Collects judged batches until they are flushed together."""

    def __init__(self, relevance: Relevance, whole: bool = False) -> None:
        """Keep of events what is counted; ``whole`` keeps every dimension, the time and the user in any case."""
        self._coder = Coder(relevance, whole)
        self._decoder = KeptDecoder(relevance, self._coder.fields)
        self.clear()

    def clear(self) -> None:
        """Forget everything: it was flushed or has failed."""
        self._chunks: list[Columns] = []  # their labels and users are those of the interners
        self._users = Interner()
        self._interners: defaultdict[str, Interner] = defaultdict(Interner)
        self.verdicts: list[tuple[int, _Int64s, npt.NDArray[np.uint8]]] = []
        self.ranges: dict[int, Ranges] = {}
        self.records = 0

    def add(self, batch: Batch, verdicts: bytes) -> None:
        """Take in a batch with the letter that dedup gave each of its records; see `take`.

        Raises:
            ValueError: a record was kept that is no event.

        """
        self.take(self._coder.code(batch, verdicts, self._decoder.columns(batch, verdicts, kept(verdicts))))

    def take(self, coded: Coded) -> None:
        """Take in a coded batch. One that is there already (it timed out and came again) changes nothing."""
        if not coded.first < coded.next:
            return
        known = self.ranges.get(coded.partition, Ranges())
        letters = np.frombuffer(coded.verdicts, np.uint8)
        new = ~known.contains(coded.offsets)
        self.ranges[coded.partition] = known.add(coded.first, coded.next)
        self.verdicts.append((coded.partition, coded.offsets[new], letters[new]))
        self.records += int(new.sum())
        kept_ = kept(coded.verdicts)
        self._take_kept(coded, coded.offsets[kept_], new[kept_])

    def _take_kept(self, coded: Coded, offsets: _Int64s, new: npt.NDArray[np.bool_]) -> None:
        """Give labels and users the numbers that they have in the window."""
        codes = {
            name: self._interners[name].numbers(coded.labels[name])[numbers] if name in coded.labels else numbers
            for name, numbers in coded.codes.items()
        }
        users = self._users.numbers(coded.user_names)[coded.users]
        partitions = np.full(len(offsets), coded.partition, np.int32)
        chunk = Columns(partitions, offsets, coded.types, coded.times, codes, {}, users, ())
        self._chunks.append(chunk if new.all() else chunk.only(new))

    def columns(self) -> Columns:
        """Return the kept events."""
        chunks, dimensions = self._chunks, self._coder.dimensions
        return Columns(
            partitions=_joined([chunk.partitions for chunk in chunks], np.int32),
            offsets=_joined([chunk.offsets for chunk in chunks], np.int64),
            types=_joined([chunk.types for chunk in chunks], np.int8),
            times=_joined([chunk.times for chunk in chunks], np.int64),
            codes={name: _joined([chunk.codes[name] for chunk in chunks], np.int32) for name in dimensions},
            labels={
                name: dimension.labels if isinstance(dimension, Closed) else list(self._interners[name].labels)
                for name, dimension in dimensions.items()
            },
            users=_joined([chunk.users for chunk in chunks], np.int32),
            user_names=list(self._users.labels),
        )


def _joined(arrays: Sequence[npt.NDArray[_Number]], kind: type[_Number]) -> npt.NDArray[_Number]:
    return np.concatenate([np.zeros(0, kind), *arrays])
