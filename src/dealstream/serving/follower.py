"""Follows cubes: holds in memory what they hold, and reads of each change only what was appended.

An owner is followed from the first time on that its counts are wanted. `refresh` takes in what has changed since;
between two of them `tables` answers from memory, without asking anybody. Refresh it about twice a second, from one
thread of its own; requests may ask for tables from any other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import TypeVar

from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.followed import FollowedCubes
from dealstream.domain.slots import Keys
from dealstream.domain.tile import EVER, Tile
from dealstream.stores.cube_changes import ENDS, Changes, CubeChanges

# an owner dimension and an owner
_Owner = tuple[str, str]
_Data = TypeVar("_Data", bytes, bytes | None)


class Follower:
    """The counts of a deployment whose layout is ``cube``, in one tile; see `Counts`."""

    def __init__(self, changes: CubeChanges, keys: Keys, tile: Tile = EVER) -> None:
        self._changes = changes
        self._keys = keys
        self._tile = tile.name
        self._lock = Lock()
        self._followed: dict[str, FollowedCubes] = defaultdict(FollowedCubes)
        self._by_slot: dict[int, set[_Owner]] = defaultdict(set)
        # what is to be looked at: for what was appended, or as a whole
        self._grown: set[_Owner] = set()
        self._anew: set[_Owner] = set()

    def close(self) -> None:
        """Close the connections."""
        self._changes.close()

    def tables(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Table]:
        """Return tables as of the last refresh; owners that are not followed yet are read first.

        Raises:
            StoreUnavailableError: a server did not answer; of those that are followed already, nothing is asked.

        """
        if self._strangers(wanted):
            with self._lock:
                self._note(self._changes.changed())
                for owner in self._strangers(wanted):
                    self._by_slot[self._keys.slot(*owner)].add(owner)
                    self._anew.add(owner)
                self._catch_up()
        return {dimension: self._followed[dimension].table for dimension in wanted}

    def refresh(self) -> None:
        """Take in everything that was counted before this was called.

        Raises:
            StoreUnavailableError: a server did not answer; then what is known stays, and is looked at the next time.

        """
        with self._lock:
            self._note(self._changes.changed())
            self._catch_up()

    def _strangers(self, wanted: Mapping[str, Sequence[str]]) -> list[_Owner]:
        return [
            (dimension, owner)
            for dimension, owners in wanted.items()
            for owner in self._followed[dimension].strangers(owners)
        ]

    def _note(self, changes: Changes) -> None:
        """Note whom changes concern."""
        for slot in changes.slots:
            self._anew |= self._by_slot[slot]
        for key in changes.keys:
            parts = self._keys.parse(key)
            if parts and parts.tile == self._tile and parts[2:] in self._by_slot[parts.slot]:
                self._grown.add(parts[2:])

    def _catch_up(self) -> None:
        """Look at all that is noted; once more, if it was not certain where it was read."""
        while self._grown or self._anew:
            appended = self._appended(self._grown - self._anew)
            anew = self._read(self._anew | (self._grown - appended.keys()))
            changes = self._changes.changed()
            self._grown, self._anew = set(), set()
            self._note(changes)
            self._take(_without(anew, self._anew), _without(appended, self._anew))
            if not self._anew:
                break  # what was appended meanwhile is noted for the next time

    def _appended(self, owners: Iterable[_Owner]) -> dict[_Owner, bytes]:
        """Return what was appended to those cubes that are what they were, and more."""
        lengths = {each: self._followed[each[0]].length(each[1]) for each in owners}
        known = [(each, length) for each, length in lengths.items() if length >= ENDS]
        found = self._changes.ends([(self._key(each), length) for each, length in known])
        appended = {}
        for (each, _), (first, rest) in zip(known, found, strict=True):
            entries = self._followed[each[0]].appended(each[1], first, rest)
            if entries is not None:
                appended[each] = entries
        return appended

    def _read(self, owners: Iterable[_Owner]) -> dict[_Owner, bytes | None]:
        wanted = list(owners)
        return dict(zip(wanted, self._changes.read([self._key(each) for each in wanted]), strict=True))

    def _take(self, anew: Mapping[_Owner, bytes | None], appended: Mapping[_Owner, bytes]) -> None:
        for dimension in {dimension for dimension, _ in (*anew, *appended)}:
            self._followed[dimension].take(_of(dimension, anew), _of(dimension, appended))

    def _key(self, owner: _Owner) -> str:
        return self._keys.cube(self._tile, *owner)


def _of(dimension: str, found: Mapping[_Owner, _Data]) -> dict[str, _Data]:
    return {owner: data for (name, owner), data in found.items() if name == dimension}


def _without(found: Mapping[_Owner, _Data], owners: Collection[_Owner]) -> dict[_Owner, _Data]:
    return {owner: data for owner, data in found.items() if owner not in owners}
