"""The bucket counters: the contract, the reading side, and the in-memory twin. The Redis side is in redis_counters.

A flush is applied per server, on Redis Cluster per slot, in one transaction: the entries it adds to the cubes and the
ranges it has then counted change together or not at all.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from dealstream.domain import cube
from dealstream.domain.dimension import Closed, Dimension
from dealstream.domain.flush import Flush
from dealstream.domain.ranges import Applied, Ranges, lose
from dealstream.domain.slots import Keys
from dealstream.domain.tile import EVER, Tile

Tiles = Sequence[Tile]
ALL_TIME: Tiles = (EVER,)


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

    def cubes(self, dimension: str, owners: Sequence[str], tiles: Tiles = ALL_TIME) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners, each the sum of its cubes in ``tiles``; owners without one are left out."""

    def owners(self, dimension: str, tiles: Tiles = ALL_TIME) -> list[str]:
        """Return all owners of a dimension that have a cube in one of ``tiles``, sorted."""

    def users(self, dimension: str, buckets: Sequence[tuple[str, int]], tiles: Tiles = ALL_TIME) -> list[int]:
        """Return how many different users each bucket, an owner and an id, has had in all of ``tiles`` together.

        Redis estimates it by HyperLogLog, with a standard error of 0.81 %.
        """


class MemoryCounters:
    """Counters in a dict: the same contract, the same strings, no server. Unique users are counted exactly."""

    def __init__(self, keys: Keys, slots: Iterable[int] | None = None) -> None:
        """Serve all slots, or, as one of several servers does, only ``slots``."""
        self._keys = keys
        self._slots = tuple(range(keys.slots) if slots is None else slots)
        self.strings: dict[str, bytes] = {}
        self.visitors: dict[str, set[str]] = {}
        self.expiries: dict[str, int] = {}

    def apply(self, flush: Flush) -> None:
        """Count what of the flush is not counted yet."""
        self.expire()
        plan = flush.plan(self._slots, self.applied(flush.partitions)).alive(time.time())
        for key, entries, _ in plan.appends:
            before = self.strings.get(key, b"")
            after = before + entries
            fold = cube.crossed(len(before), len(after)) and cube.worth_folding(after)
            self.strings[key] = cube.fold(after) if fold else after
        for key, users, _ in plan.visitors:
            self.visitors.setdefault(key, set()).update(users)
        for key, _, expires_at in (*plan.appends, *plan.visitors):
            if expires_at is not None:
                self.expiries[key] = expires_at
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

    def cubes(self, dimension: str, owners: Sequence[str], tiles: Tiles = ALL_TIME) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners."""
        self.expire()
        keys = [[self._keys.cube(tile.name, dimension, owner) for tile in tiles] for owner in owners]
        return totals(owners, [[self.strings.get(key) for key in some] for some in keys])

    def owners(self, dimension: str, tiles: Tiles = ALL_TIME) -> list[str]:
        """Return all owners of a dimension, sorted."""
        self.expire()
        return owners_among(self.strings, self._keys, dimension, tiles)

    def users(self, dimension: str, buckets: Sequence[tuple[str, int]], tiles: Tiles = ALL_TIME) -> list[int]:
        """Return how many different users each bucket has had."""
        self.expire()
        found = []
        for owner, bucket in buckets:
            keys = [self._keys.users(tile.name, dimension, owner, bucket) for tile in tiles]
            found.append(len(set().union(*(self.visitors.get(key, ()) for key in keys))))
        return found

    def expire(self) -> None:
        """Drop what is gone by now, as Redis does by itself."""
        now = time.time()
        for key in [key for key, at in self.expiries.items() if at <= now]:
            del self.expiries[key]
            self.strings.pop(key, None)
            self.visitors.pop(key, None)


def totals(owners: Sequence[str], found: Sequence[Sequence[bytes | None]]) -> dict[str, cube.Cube]:
    """Return the sum of each owner's cubes, given as strings; owners that have none are left out."""
    whose = [owner for owner, strings in zip(owners, found, strict=True) for data in strings if data is not None]
    every = cube.read_all([data for strings in found for data in strings if data is not None])
    cubes: dict[str, list[cube.Cube]] = {}
    for owner, one in zip(whose, every, strict=True):
        cubes.setdefault(owner, []).append(one)
    return {owner: cube.total(some) for owner, some in cubes.items()}


def every_owner(
    counters: Counters, dimensions: Mapping[str, Dimension], dimension: str, tiles: Tiles = ALL_TIME
) -> list[str]:
    """Return all owners of a dimension: the labels that it can have, or, of an open one, those that have counts."""
    found = dimensions[dimension]
    return list(found.labels) if isinstance(found, Closed) else counters.owners(dimension, tiles)


def owners_among(keys: Iterable[str], of: Keys, dimension: str, tiles: Tiles) -> list[str]:
    """Return the owners of a dimension whose cubes in one of ``tiles`` are among ``keys``, sorted."""
    names = {tile.name for tile in tiles}
    found = (of.parse(key) for key in keys)
    return sorted({key.owner for key in found if key and key.dimension == dimension and key.tile in names})
