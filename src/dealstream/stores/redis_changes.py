"""What has changed of the cubes in Redis, wherever a `Placement` says that their slots are.

Each server that holds slots tells which keys it changes (redis_listener). What it tells nothing of is as it was, as
long as the same listener is there and the slot is on its server: the two make a slot's *stamp*. A slot with another
stamp than before was moved, or its server may have been set back.
"""

from collections.abc import Sequence
from itertools import count

import redis

from dealstream.domain.slots import Keys
from dealstream.stores.cube_changes import ENDS, Changes, Ends
from dealstream.stores.redis_clients import Clients
from dealstream.stores.redis_listener import Listener, listen
from dealstream.stores.redis_placement import Placement

# a server's address and the number of its listener; 0 is none
_Stamp = tuple[str, int]


class RedisCubeChanges:
    """Watches the cubes of one deployment; its placement must be its own."""

    def __init__(self, placement: Placement, keys: Keys, timeout_ms: int) -> None:
        self._placement = placement
        self._keys = keys
        self._clients = Clients(timeout_ms)
        self._listeners: dict[str, tuple[int, Listener]] = {}
        self._numbers = count(1)
        self._stamps: dict[int, _Stamp] = {}

    def changed(self) -> Changes:
        """Return what the servers tell, and the slots that are elsewhere or on a server not listened to before."""
        # a slot that has moved says so when it is asked for anything; its old server tells nothing of it any more
        self._placement.ask([(slot, ("EXISTS", self._keys.applied(slot, 0))) for slot in range(self._keys.slots)])
        changes = Changes()
        for server in self._placement.servers():
            if server.slots:
                changes.keys.update(self._hear(server.name))
        for slot in range(self._keys.slots):
            holder = self._placement.holder(slot)
            stamp = holder, self._listeners[holder][0] if holder in self._listeners else 0
            # without a listener nothing is ever certain
            if stamp != self._stamps.get(slot) or not stamp[1]:
                changes.slots.add(slot)
            self._stamps[slot] = stamp
        return changes

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return cubes, in one pipelined round trip a server."""
        return self._placement.read([(self._keys.slot_of(key), key) for key in keys])

    def ends(self, known: Sequence[tuple[str, int]]) -> list[Ends]:
        """Return the ends of cubes, in one pipelined round trip a server."""
        questions = [
            (self._keys.slot_of(key), ("GETRANGE", key, str(start), str(end)))
            for key, length in known
            # a string that is folded between the two is another one by its first bytes, which come last
            for start, end in ((length - ENDS, -1), (0, ENDS - 1))
        ]
        answers = self._placement.ask(questions)
        return [Ends(first, rest) for rest, first in zip(answers[::2], answers[1::2], strict=True)]

    def close(self) -> None:
        """Close the connections."""
        for _, listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        self._clients.close()
        self._placement.close()

    def _hear(self, address: str) -> Sequence[str]:
        """Return what a server tells; if it may have told something in vain, listen anew."""
        if address in self._listeners:
            try:
                heard = self._listeners[address][1].heard()
            except redis.RedisError:
                heard = None
            if heard is not None:
                return heard
            self._listeners.pop(address)[1].close()
        try:
            listener = listen(self._clients.connection(address), f"{self._keys.prefix}{{")
        except redis.RedisError:
            return []  # whoever reads its slots is told, or they are elsewhere
        self._listeners[address] = next(self._numbers), listener
        return []
