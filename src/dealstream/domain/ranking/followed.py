"""Cubes that are followed: a table of what they hold, and enough of each string to tell that it has only grown."""

from array import array
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from dealstream.domain import cube
from dealstream.domain.cuboid import ID_BITS
from dealstream.domain.ranking.bucket_table import Table

# the first and the last bytes of each string that are kept
_END = cube.ENTRY


class FollowedCubes:
    """Cubes of one owner dimension, by owner; ``table`` is what they held when last told, and never changes itself.

    A string that begins with the same bytes as before, and has at the old end the same bytes, was appended to: folding
    changes the epoch, which is among the first. That a server was set back must be noticed otherwise.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._lengths = array("q")
        self._ends = bytearray()
        self.table = Table.numbered(self._numbers)

    def __contains__(self, owner: str) -> bool:
        return owner in self._numbers

    def strangers(self, owners: Iterable[str]) -> list[str]:
        """Return those of these owners that are not followed yet."""
        return [owner for owner in owners if owner not in self._numbers]

    def length(self, owner: str) -> int:
        """Return how long the string of a followed owner was; 0 if it had none."""
        return self._lengths[self._numbers[owner]]

    def appended(self, owner: str, first: bytes, rest: bytes) -> bytes | None:
        """Return what was appended to an owner's string, given its first bytes and what follows the known ones.

        ``rest`` begins with the last bytes that are known. None if it is another string: it must be read as a whole.
        """
        at = self._numbers[owner] * 2 * _END
        alike = self._ends[at : at + 2 * _END] == first + rest[:_END]
        return rest[_END:] if alike and len(rest) % cube.ENTRY == 0 else None

    def take(self, anew: Mapping[str, bytes | None], appended: Mapping[str, bytes]) -> None:
        """Take in strings as a whole, None where there is none, and what was appended to known ones, by owner.

        Raises:
            ValueError: a string is no cube.

        """
        there = {owner: data for owner, data in anew.items() if data is not None}
        appended = {owner: entries for owner, entries in appended.items() if entries}
        cubes = cube.read_all([*there.values(), *appended.values()])
        known = self._numbers_of(owner for owner in anew if owner in self._numbers)
        gone_keys, gone = self.table.without(known)
        for owner, data in anew.items():
            self._note(owner, data or b"")
        for owner, entries in appended.items():
            self._note_appended(owner, entries)
        numbers = self._numbers_of([*there, *appended])
        above = np.repeat(numbers << ID_BITS, [len(each.ids) for each in cubes])
        keys = np.concatenate([gone_keys, *(each.ids for each in cubes)])
        keys[len(gone_keys) :] |= above
        if len(keys):
            self.table = self.table.plus(keys, np.concatenate([gone, *(each.counts for each in cubes)]))

    def _numbers_of(self, owners: Iterable[str]) -> npt.NDArray[np.int64]:
        return np.array([self._numbers[owner] for owner in owners], np.int64)

    def _note(self, owner: str, data: bytes) -> None:
        number = self._numbers.get(owner)
        if number is None:
            number = len(self._lengths)
            self._lengths.append(0)
            self._ends += bytes(2 * _END)
            # last, for others may look owners up meanwhile
            self._numbers[owner] = number
        self._lengths[number] = len(data)
        self._ends[number * 2 * _END : (number + 1) * 2 * _END] = (data[:_END] + data[-_END:]).ljust(2 * _END, b"\0")

    def _note_appended(self, owner: str, entries: bytes) -> None:
        number = self._numbers[owner]
        self._lengths[number] += len(entries)
        self._ends[(2 * number + 1) * _END : (2 * number + 2) * _END] = entries[-_END:]
