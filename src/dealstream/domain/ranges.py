"""Sets of offsets as merged ranges: what a slot has counted of a partition.

Usually one range from 0 up to the watermark, plus a few islands while batches of several tasks are in flight.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Ranges:
    """A set of offsets: half-open ranges ``[start, end)``, sorted, disjoint, never touching."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @staticmethod
    def of(pairs: Iterable[tuple[int, int]]) -> "Ranges":
        """Return the union of ``[start, end)`` pairs in any order."""
        ranges = Ranges()
        for start, end in pairs:
            ranges = ranges.add(start, end)
        return ranges

    @staticmethod
    @lru_cache(maxsize=1024)  # most slots have counted the same
    def parse(text: bytes | None) -> "Ranges":
        """Read what `dump` wrote; None is the empty set.

        Raises:
            ValueError: the text is not of that form.

        """
        if not text:
            return Ranges()
        pairs = [part.split("-") for part in text.decode("ascii").split(",")]
        ranges = Ranges(tuple(int(start) for start, _ in pairs), tuple(int(end) for _, end in pairs))
        if any(left >= right for left, right in pairwise(chain.from_iterable(ranges))):
            raise ValueError(f"{text!r} are no ranges that rise")
        return ranges

    def dump(self) -> bytes:
        """Return it as text, readable in redis-cli: ``0-5000,6000-7000``."""
        return ",".join(f"{start}-{end}" for start, end in self).encode("ascii")

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self.starts, self.ends, strict=True))

    def __bool__(self) -> bool:
        return bool(self.starts)

    @property
    def watermark(self) -> int:
        """Everything below it is in the set."""
        return self.ends[0] if self.starts and self.starts[0] == 0 else 0

    def add(self, start: int, end: int) -> "Ranges":
        """Return the union with ``[start, end)``."""
        if start >= end:
            return self
        low, high = bisect_left(self.ends, start), bisect_right(self.starts, end)
        if low < high:
            start, end = min(start, self.starts[low]), max(end, self.ends[high - 1])
        return Ranges((*self.starts[:low], start, *self.starts[high:]), (*self.ends[:low], end, *self.ends[high:]))

    def union(self, other: "Ranges") -> "Ranges":
        """Return the union of both."""
        ranges = self
        for start, end in other:
            ranges = ranges.add(start, end)
        return ranges

    def without(self, other: "Ranges") -> "Ranges":
        """Return what is in this set and not in ``other``."""
        pairs = []
        for start, end in self:
            for other_start, other_end in other:
                if other_start < end and other_end > start:
                    pairs.append((start, other_start))
                    start = other_end
            pairs.append((start, end))
        return Ranges.of(pairs)

    @staticmethod
    def union_of(sets: Iterable["Ranges"]) -> "Ranges":
        """Return the union of all."""
        return Ranges.of(pair for ranges in sets for pair in ranges)

    def within(self, other: "Ranges") -> "Ranges":
        """Return the intersection of both."""
        pairs = (
            (max(start, other_start), min(end, other_end)) for start, end in self for other_start, other_end in other
        )
        return Ranges.of((start, end) for start, end in pairs if start < end)

    def contains(self, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell for each offset whether it is in the set."""
        at = np.searchsorted(np.array(self.starts, np.int64), offsets, side="right")
        return (at > 0) & (offsets < np.array((0, *self.ends), np.int64)[at])


# what has been counted, by (slot, partition)
Applied = Mapping[tuple[int, int], Ranges]


def of_partition(applied: Applied, partition: int) -> list[Ranges]:
    """Return what each slot has counted of a partition, in the order of the slots."""
    return [ranges for (_, of), ranges in sorted(applied.items(), key=lambda entry: entry[0]) if of == partition]


def lose(lost: Ranges, counted: Ranges, gone: Ranges) -> tuple[Ranges, Ranges] | None:
    """Return what a slot has ``counted`` and what is ``gone`` for it once the log has ``lost`` offsets.

    What it had not counted never will be: it is gone, and taken as counted. None if it had counted them all.
    """
    missing = lost.without(counted)
    return (counted.union(missing), gone.union(missing)) if missing else None
