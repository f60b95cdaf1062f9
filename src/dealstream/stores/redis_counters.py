"""The bucket counters in Redis, wherever a `Placement` says that their slots are, laid out as a `CounterLayout` does.

A flush is one optimistic transaction per group of slots: WATCH the applied ranges of all its slots, read them, leave
out what they have, MULTI, the counts and the new ranges, EXEC.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from dealstream.domain.cube import Cube
from dealstream.domain.expiry import Expiries, Expiring, Telling
from dealstream.domain.flush import Flush
from dealstream.domain.ranges import Applied, Ranges, lose
from dealstream.domain.slots import Keys
from dealstream.stores.counters import ALL_TIME, Tiles, owners_among
from dealstream.stores.redis_layout import CounterLayout
from dealstream.stores.redis_placement import Group, Placement
from dealstream.stores.redis_transactions import Transaction, on_every_slot

# how long a witness outlives its process; one that has gone too early costs telling once more
WITNESS_S = 7 * 86_400


class RedisCounters:
    """The counters of one deployment."""

    def __init__(self, placement: Placement, keys: Keys, layout: CounterLayout) -> None:
        self._placement = placement
        self._keys = keys
        self._slots = range(keys.slots)
        self._layout = layout
        self._expiries = Expiries(keys, uuid4().hex)

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

    def cubes(self, dimension: str, owners: Sequence[str], tiles: Tiles = ALL_TIME) -> Mapping[str, Cube]:
        """Return the cubes of these owners."""
        return self._layout.read(self._placement, dimension, owners, tiles)

    def owners(self, dimension: str, tiles: Tiles = ALL_TIME) -> list[str]:
        """Return all owners of a dimension, sorted; walks the key space with SCAN."""
        return owners_among(self._placement.scan(self._keys.cubes_of(dimension)), self._keys, dimension, tiles)

    def users(self, dimension: str, buckets: Sequence[tuple[str, int]], tiles: Tiles = ALL_TIME) -> list[int]:
        """Return about how many different users each bucket has had."""
        names = [tile.name for tile in tiles]
        questions = [
            (
                self._keys.slot(dimension, owner),
                ("PFCOUNT", *(self._keys.users(name, dimension, owner, bucket) for name in names)),
            )
            for owner, bucket in buckets
        ]
        return [int(count) for count in self._placement.ask(questions)]

    def _count(self, flush: Flush, transaction: Transaction) -> Sequence[str]:
        """Count on a group what its slots lack; return the keys to fold."""
        found = transaction.watch(
            lambda slot: [
                *(self._keys.applied(slot, each) for each in flush.partitions),
                *self._expiries.witness(slot),
            ]
        )
        places = [(slot, partition) for slot in transaction.slots for partition in flush.partitions]
        have = {place: Ranges.parse(found[self._keys.applied(*place)]) for place in places}
        self._expiries.seen(found)
        now_s = time.time()
        plan = flush.plan(transaction.slots, have).alive(now_s)
        if not plan.applied:
            return []
        pipe = transaction.pipe
        pipe.multi()
        for key, users, _ in plan.visitors:
            pipe.pfadd(key, *users)
        written = [Expiring(key, at) for key, _, at in plan.visitors if at is not None]
        telling = self._expiries.telling([*written, *self._layout.add(pipe, plan)], now_s)
        _tell(pipe, telling)
        pipe.mset({self._keys.applied(*place): ranges.dump() for place, ranges in plan.applied.items()})
        answers = pipe.execute()
        self._expiries.told(telling)
        return self._layout.grown(plan, answers[len(plan.visitors) :])

    def _fold(self, group: Group, keys: Sequence[str]) -> None:
        self._layout.fold(self._placement, group, keys)

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


def _tell(pipe: Any, telling: Telling) -> None:  # noqa: ANN401 -- redis-py's pipeline is half typed
    """Queue the commands that tell keys when they expire; the first time holds."""
    for key, at in telling.keys:
        pipe.expireat(key, at, nx=True)
    for key, value in telling.witnesses.items():
        pipe.set(key, value, ex=WITNESS_S)
