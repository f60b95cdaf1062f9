"""Moves one slot from a server to another while counting goes on.

1. read    all keys, with the times at which they expire; what is changed meanwhile is read again when nobody writes
2. fence   a mark on the source says that the slot is being moved: no transaction on it can end there from now on,
           for writers watch the mark. It expires, so that a mover that dies holds nobody up for long.
3. copy    all keys to the target
4. verify  the copy, key by key
5. seal    the mark becomes permanent, if it still is ours: now the slot is on the target, and writers follow

Until it is sealed the source has the slot, and what is on the target counts for nothing; afterwards it is the other
way round. So wherever a mover dies, moving the slot again, or going on without it, is right.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import redis

from dealstream.domain.places import Mark, Place
from dealstream.domain.rebalance import Move
from dealstream.domain.slots import Keys
from dealstream.stores import slot_copy
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients, set_if, values
from dealstream.stores.slot_copy import Contents
from dealstream.stores.slot_keys import SlotKeys, following

FENCE_MS = 30_000
COPIES = 3


@dataclass(frozen=True)
class Moved:
    """A slot that was moved: how many keys, how many bytes they took to copy, and for how long nobody could write."""

    move: Move
    keys: int
    bytes: int
    pause_s: float


class SlotMover:
    """Moves slots of a deployment, under a token of its own; no other mover may be at work on them."""

    def __init__(self, clients: Clients, keys: Keys, token: str) -> None:
        self._clients = clients
        self._keys = keys
        self._token = token

    def move(self, move: Move, version: int) -> Moved:
        """Move a slot; ``version`` is that of its new place.

        Raises:
            StoreUnavailableError: it can't be moved now; it is where it was.
            redis.RedisError: a server did not answer; the slot is where it was, or, if sealed, at its new place.

        """
        source, fence = self._clients.at(move.source), Mark(Place(version, move.target), self._token)
        follow = partial(following, self._clients, keys=self._keys, slot=move.slot)
        with follow(move.target) as there, follow(move.source) as here:
            ahead = self.read(source, here.listed)
            started = time.monotonic()
            self.fence(source, move.slot, fence)
            try:
                contents = slot_copy.read_again(source, ahead, here.changed())
                self.copy_until_alike(move, contents, there)
                self.seal(source, move.slot, fence)
            except BaseException:
                self.lift(source, move.slot, fence)
                raise
            pause = time.monotonic() - started
        return Moved(move, len(contents), sum(len(data) for data, _ in contents.values()), pause)

    def read(self, source: redis.Redis, names: Collection[bytes]) -> Contents:
        """Return what the slot has while it may still be written to."""
        return slot_copy.read(source, names)

    def fence(self, source: redis.Redis, slot: int, fence: Mark) -> None:
        """Let nobody write to the slot any more. A fence that is there already is that of a mover that has died."""
        key = self._keys.mark(slot)
        while not set_if(source, key, values(source, [key])[0], fence.dump(), FENCE_MS):
            pass

    def copy_until_alike(self, move: Move, contents: Contents, there: SlotKeys) -> None:
        """Write the slot in place of what is on the target; again, if what arrives is not what it was."""
        source, target = self._clients.at(move.source), self._clients.at(move.target)
        for _ in range(COPIES):
            self.copy(target, there.all(), contents)
            if self.verify(source, contents, target, there.all()):
                return
        raise StoreUnavailableError(f"slot {move.slot} of {move.source} does not arrive at {move.target} as it is")

    def copy(self, target: redis.Redis, leftovers: Collection[bytes], contents: Contents) -> None:
        """Write the slot in place of what is left over on the target."""
        slot_copy.replace(target, leftovers, contents)

    def verify(self, source: redis.Redis, contents: Contents, target: redis.Redis, names: Collection[bytes]) -> bool:
        """Tell whether the target's keys of these names, which are all, are just these contents of the source."""
        return slot_copy.alike(source, contents, target, slot_copy.read(target, names))

    def seal(self, source: redis.Redis, slot: int, fence: Mark) -> None:
        """Make the move permanent, unless the fence has expired and somebody may have written."""
        if not set_if(source, self._keys.mark(slot), fence.dump(), Mark(fence.place).dump()):
            raise StoreUnavailableError(
                f"moving slot {slot} took longer than {FENCE_MS / 1000:g} s; nothing has changed"
            )

    def lift(self, source: redis.Redis, slot: int, fence: Mark) -> None:
        """Let writers write again, as far as the source answers."""
        try:
            set_if(source, self._keys.mark(slot), fence.dump(), fence.dump(), expires_ms=1)
        except redis.RedisError:
            return  # the fence expires
