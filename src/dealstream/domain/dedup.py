"""Which events are duplicates: a function of the log alone, never of timing.

An event is a duplicate iff its id occurred before it in its partition within the dedup window. The window is counted
in offsets: slices of S offsets at absolute boundaries (``offset // S``), one `IdSet` per slice, the current slice and
the K - 1 before it. So the state at offset o is a function of ``log[(o // S - K + 1) * S .. o)`` and anybody can
compute it again.

`PartitionDedup` keeps a position (the next offset it expects) and the recent decisions. What is at the position gets
decided; what was decided gets the same answer again (a replay); for anything else it asks for the part of the log it
has to read first. A warm-up from the window's start has too little history for the offsets before the one it was made
for, so no decision is remembered for those.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.bloom import Digests, IdSet, digests

_Offsets = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Window:
    """The dedup window: ``slices`` slices of ``slice_offsets`` offsets, and the error rate of each slice's filter."""

    slice_offsets: int
    slices: int
    error_rate: float

    def start(self, offset: int) -> int:
        """Return the first offset that matters for a decision at ``offset``."""
        return max(0, (offset // self.slice_offsets - self.slices + 1) * self.slice_offsets)

    def pieces(self, gap: "Gap") -> Iterator["Piece"]:
        """Cut a gap at the boundaries of slices."""
        start = gap.start
        while start < gap.end:
            number = start // self.slice_offsets
            end = min((number + 1) * self.slice_offsets, gap.end)
            yield Piece(start, end, number if end - start == self.slice_offsets else None)
            start = end


@dataclass(frozen=True)
class Gap:
    """The part ``[start, end)`` of the log to be read before a batch at ``end`` can be decided.

    ``restart`` tells that nothing known so far is of use: it is a warm-up from the window's start.
    """

    start: int
    end: int
    restart: bool


@dataclass(frozen=True)
class Piece:
    """The part ``[start, end)`` of a gap, and which slice it is if it is a whole one."""

    start: int
    end: int
    slice: int | None


class PartitionDedup:
    """The dedup state of one partition.

    Use: ask `missing`; if there is a gap, `begin` it and take it in piece by piece (`Window.pieces`), by `read` of the
    log or by `install` of a slice's snapshot; then `decide`.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._slices: dict[int, IdSet] = {}
        self._position: int | None = None
        # one byte an offset of [floor, position): was its id seen before?
        self._floor = 0
        self._seen = np.zeros(0, np.uint8)
        self._finished: list[int] = []

    @property
    def position(self) -> int | None:
        """The next offset it expects; None before the first batch."""
        return self._position

    def missing(self, first: int) -> Gap | None:
        """Return what must be read before a batch that starts at ``first``; None if it can be decided."""
        start = self._window.start(first)
        if self._position is None or first < self._floor or start > self._position:
            return Gap(start, first, restart=True)
        return Gap(self._position, first, restart=False) if first > self._position else None

    def begin(self, gap: Gap) -> None:
        """Get ready to `read` a gap."""
        if gap.restart:
            self._slices.clear()
            self._finished.clear()
            self._seen = np.zeros(0, np.uint8)
            self._position, self._floor = gap.start, gap.end

    def install(self, number: int, snapshot: bytes) -> None:
        """Take in slice ``number`` as `finished` returned it, in a gap that is a restart.

        Raises:
            ValueError: the position is not where the slice starts, or the snapshot is of another kind of window.

        """
        start = number * self._window.slice_offsets
        if self._position != start:
            raise ValueError(f"slice {number} starts at {start}, not at {self._position}")
        self._slices[number] = self._empty_slice()
        self._slices[number].load(snapshot)
        self._position = start + self._window.slice_offsets

    def finished(self) -> Mapping[int, bytes]:
        """Take the snapshots of the slices that were read to their end since the last call.

        A finished slice never changes: it is a function of its own part of the log.
        """
        finished = {number: self._slices[number].dump() for number in self._finished if number in self._slices}
        self._finished.clear()
        return finished

    def read(self, next_: int, offsets: _Offsets, ids: Sequence[str]) -> None:
        """Take in the log up to ``next_``; ``offsets`` and ``ids`` are of the valid events in it, rising.

        What lies below the position is known already and passed over.

        Raises:
            LookupError: nothing was begun yet.

        """
        if self._position is None:
            raise LookupError("there is no position yet: begin with a gap")
        if next_ <= self._position:
            return
        skipped = int(np.searchsorted(offsets, self._position))
        self._advance(next_, offsets[skipped:], ids[skipped:])

    def decide(self, first: int, next_: int, offsets: _Offsets, ids: Sequence[str]) -> _Mask:
        """Tell which events of the batch ``[first, next_)`` are duplicates; arguments as in `read`.

        Raises:
            LookupError: something is `missing`.

        """
        if (gap := self.missing(first)) is not None:
            raise LookupError(f"read {gap} first")
        self.read(next_, offsets, ids)
        answer = np.asarray(self._seen[offsets - self._floor] == 1)
        self._trim()  # not before: a batch may span more offsets than are remembered
        return answer

    def _advance(self, next_: int, offsets: _Offsets, ids: Sequence[str]) -> None:
        assert self._position is not None
        seen = np.zeros(next_ - self._position, np.uint8)
        hashed = digests(ids)
        slices = offsets // self._window.slice_offsets
        for number in np.unique(slices).tolist():
            start, end = np.searchsorted(slices, (number, number + 1))
            seen[offsets[start:end] - self._position] = self._test_and_add(number, hashed[start:end], ids[start:end])
        remembered = max(0, self._floor - self._position)
        self._seen = np.concatenate((self._seen, seen[remembered:]))
        size = self._window.slice_offsets
        self._finished += range(self._position // size, next_ // size)
        self._position = next_

    def _test_and_add(self, number: int, hashed: Digests, ids: Sequence[str]) -> _Mask:
        """Test the ids against the window that ends in slice ``number``, then add them to that slice.

        Duplicates are added too: whether an id occurred in the window must not depend on what came before the window.
        """
        seen = np.zeros(len(ids), bool)
        if len({*ids}) < len(ids):
            first_row = dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))
            seen = np.fromiter(map(first_row.__getitem__, ids), np.int64, len(ids)) != np.arange(len(ids))
        if number not in self._slices:
            self._slices = {key: ids_ for key, ids_ in self._slices.items() if key > number - self._window.slices}
            self._slices[number] = self._empty_slice()
        probes = self._slices[number].probes(hashed)
        for slice_ in self._slices.values():
            seen |= slice_.contains(probes)
        self._slices[number].add(probes)
        return np.asarray(seen)

    def _empty_slice(self) -> IdSet:
        return IdSet(self._window.slice_offsets, self._window.error_rate)

    def _trim(self) -> None:
        """Remember the decisions of one to two slices, far more than can be in flight."""
        if len(self._seen) > 2 * self._window.slice_offsets:
            cut = len(self._seen) - self._window.slice_offsets
            self._seen = self._seen[cut:].copy()
            self._floor += cut
