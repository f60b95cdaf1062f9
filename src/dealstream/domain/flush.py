"""One flush of the bucket counter, and what of it a slot still lacks.

A slot knows the offsets it has counted. Usually it has none of a flush, and all slots share one fan-out. After
a replay, a rollback of a server or a half-applied flush it may have some: then just the rest is fanned out for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dealstream.domain import cube
from dealstream.domain.batch import DUPLICATE, KEEP, REJECTED
from dealstream.domain.fanout import CodesOf, Delta, Place, durable_codes, fan_out, visits
from dealstream.domain.ranges import Applied, Ranges
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import EVER, Tile
from dealstream.domain.window import FlushWindow

# the owner dimension under which every partition counts what became of its records
STREAM = "_stream"
OUTCOMES = {"kept": KEEP[0], "duplicate": DUPLICATE[0], "rejected": REJECTED[0]}

_Signature = tuple[tuple[int, Ranges], ...]


class Append(NamedTuple):
    """Entries for the cube at ``key``, which is gone at ``expires_at``, in seconds since 1970; None is never."""

    key: str
    entries: bytes
    expires_at: int | None


class Visitors(NamedTuple):
    """Users for the set of unique users at ``key``; ``expires_at`` as in `Append`."""

    key: str
    users: list[str]
    expires_at: int | None


@dataclass(frozen=True)
class Plan:
    """What one transaction has to do: what to add by key, and the ranges by (slot, partition) afterwards."""

    appends: list[Append]
    visitors: list[Visitors]
    applied: dict[tuple[int, int], Ranges]

    def alive(self, now_s: float) -> "Plan":
        """Return it without what is gone by now: counting an old log, or a late event, must not bring it back."""

        def lives(expires_at: int | None) -> bool:
            return expires_at is None or expires_at > now_s

        appends = [append for append in self.appends if lives(append.expires_at)]
        return Plan(appends, [visitors for visitors in self.visitors if lives(visitors.expires_at)], self.applied)


class _Tiles(dict[Tile, tuple[str, int | None]]):
    """The name of each tile, and when it is gone."""

    def __init__(self, relevance: Relevance) -> None:
        super().__init__()
        self._relevance = relevance

    def __missing__(self, tile: Tile) -> tuple[str, int | None]:
        found = self[tile] = tile.name, self._relevance.expires_at(tile)
        return found


class Flush:
    """A flush window, ready to be applied to any slot that lacks it or a part of it."""

    def __init__(self, relevance: Relevance, window: FlushWindow, codes_of: CodesOf) -> None:
        self.keys = relevance.keys
        self.ranges = dict(window.ranges)
        fan_out_ = _FanOut(relevance, window, codes_of)
        self._visitors = fan_out_.visitors()
        self._appends = lru_cache(maxsize=8)(fan_out_.appends_without)
        # what nearly every slot lacks is all of it: fanned out here, and not while a transaction watches
        self._appends(tuple((partition, Ranges()) for partition in self.ranges))

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions it has records of."""
        return tuple(self.ranges)

    def plan(self, slots: Iterable[int], applied: Applied) -> Plan:
        """Return what ``slots`` lack, given the ranges they have counted by (slot, partition)."""
        alike: dict[_Signature, set[int]] = defaultdict(set)
        after: dict[tuple[int, int], Ranges] = {}
        for slot in slots:
            have = {partition: applied.get((slot, partition), Ranges()) for partition in self.ranges}
            already = tuple((partition, have[partition].within(ranges)) for partition, ranges in self.ranges.items())
            alike[already].add(slot)
            for partition, ranges in self.ranges.items():
                if (union := have[partition].union(ranges)) != have[partition]:
                    after[slot, partition] = union
        appends: list[Append] = []
        for already, members in alike.items():
            by_slot = self._appends(already)
            for slot in members:
                appends += by_slot.get(slot, ())
        visitors = [visitors for slot in {slot for slot, _ in after} for visitors in self._visitors.get(slot, ())]
        return Plan(appends, visitors, after)


class _FanOut:
    """The events of a window and what they come to, by slot.

    It does not know its `Flush`: in a cycle of the two, each window would stay in memory until the garbage collector
    comes by.
    """

    def __init__(self, relevance: Relevance, window: FlushWindow, codes_of: CodesOf) -> None:
        self._relevance = relevance
        self._columns = window.columns()
        self._verdicts = list(window.verdicts)
        self._codes = durable_codes(relevance, self._columns, codes_of)
        self._tiles = _Tiles(relevance)

    def appends_without(self, already: _Signature) -> dict[int, list[Append]]:
        """Return the entries of each delta by slot, leaving out the offsets in ``already``."""
        have = {partition: ranges for partition, ranges in already if ranges}
        fresh = None
        if have:
            fresh = np.ones(len(self._columns.offsets), bool)
            for partition, ranges in have.items():
                fresh &= (self._columns.partitions != partition) | ~ranges.contains(self._columns.offsets)
        deltas = [*fan_out(self._relevance, self._columns, self._codes, fresh), *self._outcomes(have)]
        keys = self._relevance.keys
        appends: dict[int, list[Append]] = defaultdict(list)
        for (tile, dimension, owner), entries in deltas:
            name, expires_at = self._tiles[tile]
            appends[keys.slot(dimension, owner)].append(Append(keys.cube(name, dimension, owner), entries, expires_at))
        return appends

    def visitors(self) -> dict[int, list[Visitors]]:
        """Return the users of each bucket that counts unique users, by slot."""
        keys = self._relevance.keys
        visitors: dict[int, list[Visitors]] = defaultdict(list)
        for (tile, dimension, owner), bucket, users in visits(self._relevance, self._columns, self._codes):
            name, expires_at = self._tiles[tile]
            key = keys.users(name, dimension, owner, bucket)
            visitors[keys.slot(dimension, owner)].append(Visitors(key, users, expires_at))
        return visitors

    def _outcomes(self, have: Mapping[int, Ranges]) -> Iterable[Delta]:
        for partition, offsets, letters in self._verdicts:
            if partition in have:
                letters = letters[~have[partition].contains(offsets)]
            counts = np.array([int((letters == letter).sum()) for letter in OUTCOMES.values()], np.int64)
            ids = np.flatnonzero(counts)
            if len(ids):
                yield Delta(Place(EVER, STREAM, str(partition)), cube.pack(ids, counts[ids]))
