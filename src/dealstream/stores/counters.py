"""The bucket counters: the contract, the reading side, and the in-memory twin. The Redis side is in redis_counters.

A flush is applied per server in one transaction: the entries it adds to the cubes and the ranges it has then counted
change together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from dealstream.domain import cube
from dealstream.domain.flush import Flush
from dealstream.domain.ranges import Applied, Ranges, lose
from dealstream.domain.slots import Keys


class Counters(Protocol):
    """Where buckets are counted."""

    def apply(self, flush: Flush) -> None:
        """Count what of the flush is not counted yet, exactly once; returns when it is there.

        Raises:
            StoreUnavailableError: a server did not answer; each slot has the flush whole or not at all. Apply it again.

        """

    def applied(self, partitions: Iterable[int]) -> Applied:
        """Return the ranges counted, by (slot, partition), of every slot."""

    def mark_gone(self, partition: int, start: int, end: int) -> None:
        """Note that ``[start, end)`` can't be read any more; slots that have not counted it never will."""

    def gone(self, partitions: Iterable[int]) -> Mapping[int, Ranges]:
        """Return the offsets of each partition that are marked as gone in some slot."""

    def cubes(self, dimension: str, owners: Sequence[str]) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners; owners without one are left out."""

    def owners(self, dimension: str) -> list[str]:
        """Return all owners of a dimension that have a cube, sorted."""


class MemoryCounters:
    """Counters in a dict: the same contract, the same strings, no server."""

    def __init__(self, keys: Keys, slots: Iterable[int] | None = None) -> None:
        """Serve all slots, or, as one of several servers does, only ``slots``."""
        self._keys = keys
        self._slots = tuple(range(keys.slots) if slots is None else slots)
        self.strings: dict[str, bytes] = {}

    def apply(self, flush: Flush) -> None:
        """Count what of the flush is not counted yet."""
        plan = flush.plan(self._slots, self.applied(flush.partitions))
        for key, entries in plan.appends:
            before = self.strings.get(key, b"")
            after = before + entries
            fold = cube.crossed(len(before), len(after)) and cube.worth_folding(after)
            self.strings[key] = cube.fold(after) if fold else after
        for (slot, partition), ranges in plan.applied.items():
            self.strings[self._keys.applied(slot, partition)] = ranges.dump()

    def applied(self, partitions: Iterable[int]) -> Applied:
        """Return the ranges counted, by (slot, partition)."""
        return {
            (slot, partition): Ranges.parse(self.strings.get(self._keys.applied(slot, partition)))
            for partition in partitions
            for slot in self._slots
        }

    def mark_gone(self, partition: int, start: int, end: int) -> None:
        """Note that ``[start, end)`` can't be read any more."""
        lost = Ranges.of([(start, end)])
        for (slot, _), applied in self.applied([partition]).items():
            key = self._keys.gone(slot, partition)
            if (changed := lose(lost, applied, Ranges.parse(self.strings.get(key)))) is not None:
                counted, gone = changed
                self.strings[self._keys.applied(slot, partition)], self.strings[key] = counted.dump(), gone.dump()

    def gone(self, partitions: Iterable[int]) -> Mapping[int, Ranges]:
        """Return the offsets of each partition that are marked as gone in some slot."""
        return {
            partition: Ranges.union_of(
                Ranges.parse(self.strings.get(self._keys.gone(slot, partition))) for slot in self._slots
            )
            for partition in partitions
        }

    def cubes(self, dimension: str, owners: Sequence[str]) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners."""
        keys = {owner: self._keys.cube(dimension, owner) for owner in owners}
        found = {owner: self.strings[key] for owner, key in keys.items() if key in self.strings}
        return dict(zip(found, cube.read_all([*found.values()]), strict=True))

    def owners(self, dimension: str) -> list[str]:
        """Return all owners of a dimension, sorted."""
        names = (self._keys.owner(dimension, key) for key in self.strings)
        return sorted(name for name in names if name is not None)
