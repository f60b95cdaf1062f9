"""The bucket counters in Redis, wherever a `Placement` says that their slots are.

A flush is one optimistic transaction per group of slots: WATCH the applied ranges of all its slots, read them, leave
out what they have, MULTI, the APPENDs and the new ranges, EXEC. EXEC answers each cube's new length; a cube that
crossed a power of two is folded in a second transaction, which may be lost at any point without changing a count.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from dealstream.domain import cube
from dealstream.domain.expiry import Expiries
from dealstream.domain.flush import Flush, Plan
from dealstream.domain.ranges import Applied, Ranges, lose
from dealstream.domain.slots import Keys
from dealstream.stores.counters import ALL_TIME, Tiles, owners_among, totals
from dealstream.stores.redis_placement import READ_AT_ONCE, Group, Placement
from dealstream.stores.redis_transactions import Transaction, on_every_slot, once

# key, length before, length after
_Grown = tuple[str, int, int]


class RedisCounters:
    """The counters of one deployment."""

    def __init__(self, placement: Placement, keys: Keys) -> None:
        self._placement = placement
        self._keys = keys
        self._slots = range(keys.slots)
        self._expiries = Expiries()

    def close(self) -> None:
        """Close the connections."""
        self._placement.close()

    def apply(self, flush: Flush) -> None:
        """Count what of the flush is not counted yet, group by group; see `Counters.apply`."""
        on_every_slot(self._placement, self._slots, partial(self._count, flush), self._fold)

    def applied(self, partitions: Iterable[int]) -> Applied:
        """Return the ranges counted, by (slot, partition)."""
        places = [(slot, partition) for partition in partitions for slot in self._slots]
        texts = self._placement.read([(slot, self._keys.applied(slot, partition)) for slot, partition in places])
        return {place: Ranges.parse(text) for place, text in zip(places, texts, strict=True)}

    def mark_gone(self, partition: int, start: int, end: int) -> None:
        """Note that ``[start, end)`` can't be read any more."""
        on_every_slot(self._placement, self._slots, partial(self._lose, partition, Ranges.of([(start, end)])))

    def gone(self, partitions: Iterable[int]) -> Mapping[int, Ranges]:
        """Return the offsets of each partition that are marked as gone in some slot."""
        return {
            partition: Ranges.union_of(
                Ranges.parse(text)
                for text in self._placement.read([(slot, self._keys.gone(slot, partition)) for slot in self._slots])
            )
            for partition in partitions
        }

    def cubes(self, dimension: str, owners: Sequence[str], tiles: Tiles = ALL_TIME) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners."""
        names = [tile.name for tile in tiles]
        places = [
            (self._keys.slot(dimension, owner), self._keys.cube(name, dimension, owner))
            for owner in owners
            for name in names
        ]
        found = self._placement.read(places)
        return totals(owners, [found[start : start + len(names)] for start in range(0, len(found), len(names))])

    def owners(self, dimension: str, tiles: Tiles = ALL_TIME) -> list[str]:
        """Return all owners of a dimension, sorted; walks the key space with SCAN."""
        return owners_among(self._placement.scan(self._keys.cubes_of(dimension)), self._keys, dimension, tiles)

    def users(self, dimension: str, buckets: Sequence[tuple[str, int]], tiles: Tiles = ALL_TIME) -> list[int]:
        """Return about how many different users each bucket has had."""
        slots = [self._keys.slot(dimension, owner) for owner, _ in buckets]
        found = [0] * len(buckets)
        for group in self._placement.groups(set(slots)):
            here = [row for row, slot in enumerate(slots) if slot in group.slots]
            with self._placement.answering(group), group.client.pipeline(transaction=False) as pipe:
                for owner, bucket in (buckets[row] for row in here):
                    pipe.pfcount(*(self._keys.users(tile.name, dimension, owner, bucket) for tile in tiles))
                for row, count in zip(here, pipe.execute(), strict=True):
                    found[row] = count
        return found

    def _count(self, flush: Flush, transaction: Transaction) -> list[_Grown]:
        """Count on a group what its slots lack; return how long each cube was and is that grew."""
        found = transaction.watch(lambda slot: [self._keys.applied(slot, each) for each in flush.partitions])
        places = [(slot, partition) for slot in transaction.slots for partition in flush.partitions]
        have = {place: Ranges.parse(found[self._keys.applied(*place)]) for place in places}
        self._expiries.seen(have)
        plan = flush.plan(transaction.slots, have).alive(time.time())
        return _grown(plan, self._write(transaction.pipe, plan)) if plan.applied else []

    def _write(self, pipe: Any, plan: Plan) -> list[int]:  # noqa: ANN401 -- redis-py's pipeline is half typed
        """Return the answers to the appends: the lengths of the cubes."""
        untold = self._expiries.untold(plan)
        pipe.multi()
        for key, entries, _ in plan.appends:
            pipe.append(key, entries)
        for key, users, _ in plan.visitors:
            pipe.pfadd(key, *users)
        _tell(pipe, untold)
        pipe.mset({self._keys.applied(*place): ranges.dump() for place, ranges in plan.applied.items()})
        lengths: list[int] = pipe.execute()[: len(plan.appends)]
        self._expiries.told(untold, plan)
        if again := self._expiries.made_again(plan, untold, lengths):
            _tell(pipe, again)
            pipe.execute()
        return lengths

    def _fold(self, group: Group, grown: Iterable[_Grown]) -> None:
        keys = sorted({key for key, before, after in grown if cube.crossed(before, after)})
        for start in range(0, len(keys), READ_AT_ONCE):
            once(self._placement, group, partial(self._fold_some, keys[start : start + READ_AT_ONCE]))

    def _fold_some(self, keys: Sequence[str], transaction: Transaction) -> None:
        """Fold cubes; should one grow meanwhile, the next power of two will."""
        found = transaction.watch(lambda slot: [key for key in keys if self._keys.slot_of(key) == slot])
        folded = {key: cube.fold(value) for key, value in found.items() if value and cube.worth_folding(value)}
        transaction.pipe.multi()
        for key, value in folded.items():
            if self._keys.slot_of(key) in transaction.slots:
                transaction.pipe.set(key, value, keepttl=True)
        transaction.pipe.execute()

    def _lose(self, partition: int, lost: Ranges, transaction: Transaction) -> None:
        """Mark offsets as gone in the slots of a group that have not counted them."""
        found = transaction.watch(lambda slot: [self._keys.applied(slot, partition), self._keys.gone(slot, partition)])
        changed: dict[str, bytes] = {}
        for slot in transaction.slots:
            names = self._keys.applied(slot, partition), self._keys.gone(slot, partition)
            if (after := lose(lost, *(Ranges.parse(found[name]) for name in names))) is not None:
                changed |= zip(names, (ranges.dump() for ranges in after), strict=True)
        transaction.pipe.multi()
        if changed:
            transaction.pipe.mset(changed)
        transaction.pipe.execute()


def _grown(plan: Plan, lengths: Sequence[int]) -> list[_Grown]:
    appended = zip(plan.appends, lengths, strict=True)
    return [(key, after - len(entries), after) for (key, entries, _), after in appended]


def _tell(pipe: Any, expiring: Iterable[tuple[str, int]]) -> None:  # noqa: ANN401
    for key, at in expiring:
        pipe.expireat(key, at, nx=True)
