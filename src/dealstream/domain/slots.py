"""Slots: the fixed number of slices of the key space. An owner's slot is a hash of it; a slot lives on one server.

Every Redis key of slot N carries the hash tag ``{N}``, so the same keys work on one Redis, on servers sharded by
the client, and on Redis Cluster.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import xxhash

from dealstream.domain.ranges import Ranges

_CUBE = re.compile(r"\{(\d+)\}:(?:cube|page:\d+):([^:]+):([^:]+):(.+)", re.DOTALL)
_USERS = re.compile(r"\{(\d+)\}:users:([^:]+):([^:]+):(\d+):(.+)", re.DOTALL)
_OF_SLOT = re.compile(r"\{(\d+)\}:(?!moved$).+", re.DOTALL)
_APPLIED = re.compile(r"\{(\d+)\}:applied:(\d+)")


class CubeKey(NamedTuple):
    """What the key of a cube, or of a page, says; ``tile`` is the tile's name."""

    slot: int
    tile: str
    dimension: str
    owner: str


class UsersKey(NamedTuple):
    """What the key of a bucket's unique users says; ``tile`` is the tile's name."""

    slot: int
    tile: str
    dimension: str
    bucket: int
    owner: str


def listed(slots: Iterable[int]) -> str:
    """Return slots in few words, such as ``0-31, 40``; those of none are ``-``."""
    runs = Ranges.of((slot, slot + 1) for slot in slots)
    return ", ".join(str(start) if end - start == 1 else f"{start}-{end - 1}" for start, end in runs) or "-"


@dataclass(frozen=True)
class Keys:
    """The Redis keys of a deployment: ``prefix`` is its own, ``slots`` how many slots it has."""

    prefix: str
    slots: int

    def slot(self, dimension: str, owner: str) -> int:
        """Return the slot of an owner, such as ``("deal", "77")``."""
        return xxhash.xxh3_64_intdigest(f"{dimension}:{owner}".encode()) % self.slots

    def slot_of(self, key: str) -> int:
        """Return the slot of a key of this deployment: what its hash tag says."""
        return int(key[len(self.prefix) + 1 : key.index("}", len(self.prefix))])

    def moves_with(self, key: str) -> int | None:
        """Return the slot that a key moves with; None of a mark, which belongs to its server, and of all other keys."""
        match = _OF_SLOT.fullmatch(key, len(self.prefix)) if key.startswith(self.prefix) else None
        return int(match[1]) if match else None

    def cube(self, tile: str, dimension: str, owner: str) -> str:
        """Return the key of an owner's cube in a tile."""
        return f"{self.prefix}{{{self.slot(dimension, owner)}}}:cube:{tile}:{dimension}:{owner}"

    def page(self, cube: str, number: int) -> str:
        """Return the key of a page of packed counts, given the key of the cube in whose place it stands."""
        return f"{self.prefix}{cube[len(self.prefix) :].replace('}:cube:', f'}}:page:{number}:', 1)}"

    def users(self, tile: str, dimension: str, owner: str, bucket: int) -> str:
        """Return the key of the unique users of one bucket of an owner."""
        return f"{self.prefix}{{{self.slot(dimension, owner)}}}:users:{tile}:{dimension}:{bucket}:{owner}"

    def applied(self, slot: int, partition: int) -> str:
        """Return the key of the ranges that ``slot`` has counted of ``partition``."""
        return f"{self.prefix}{{{slot}}}:applied:{partition}"

    def gone(self, slot: int, partition: int) -> str:
        """Return the key of the ranges of ``partition`` that ``slot`` can never count: the log has lost them."""
        return f"{self.prefix}{{{slot}}}:gone:{partition}"

    def witness(self, slot: int, process: str) -> str:
        """Return the key by which ``process`` sees whether ``slot`` was set back: see `expiry`."""
        return f"{self.prefix}{{{slot}}}:witness:{process}"

    def mark(self, slot: int) -> str:
        """Return the key of the mark that ``slot`` leaves on a server it moves away from."""
        return f"{self.prefix}{{{slot}}}:moved"

    def of_slot(self, slot: int) -> str:
        """Return what all keys of ``slot`` start with, its mark among them."""
        return f"{self.prefix}{{{slot}}}:"

    @property
    def places(self) -> str:
        """The key of what a server knows of where slots are; it belongs to the server, so it has no hash tag."""
        return f"{self.prefix}places"

    @property
    def lock(self) -> str:
        """The key of the lock of whoever moves slots."""
        return f"{self.prefix}places:lock"

    @property
    def tidying(self) -> str:
        """The key of the addresses of all servers on which moved slots may have left something behind."""
        return f"{self.prefix}places:tidying"

    @property
    def every_slot(self) -> str:
        """The pattern of the keys of all slots."""
        return f"{self.prefix}{{*}}:*"

    def cubes_of(self, dimension: str) -> str:
        """Return a pattern of the keys of all cubes and pages of a dimension's owners in all tiles; `parse` them."""
        return f"{self.prefix}{{*}}:*:{dimension}:*"

    def parse(self, key: str) -> CubeKey | None:
        """Return what a cube's key says, the inverse of `cube`; None if it is none of this deployment."""
        match = _CUBE.fullmatch(key, len(self.prefix)) if key.startswith(self.prefix) else None
        return CubeKey(int(match[1]), match[2], match[3], match[4]) if match else None

    def parse_users(self, key: str) -> UsersKey | None:
        """Return what the key of a bucket's unique users says, the inverse of `users`; None of any other key."""
        match = _USERS.fullmatch(key, len(self.prefix)) if key.startswith(self.prefix) else None
        return UsersKey(int(match[1]), match[2], match[3], int(match[4]), match[5]) if match else None

    def parse_applied(self, key: str) -> tuple[int, int] | None:
        """Return the slot and the partition of a key of counted ranges, the inverse of `applied`; None of any other."""
        match = _APPLIED.fullmatch(key, len(self.prefix)) if key.startswith(self.prefix) else None
        return (int(match[1]), int(match[2])) if match else None
