"""Spreads the slots of a deployment over the configured servers while counting goes on; whatever dies, run it again.

Slot by slot: move it (slot_mover), then tell all servers. When all are moved: let the servers that got slots save, for
one that is set back to before could only count them again from the log; then remove what was left behind.
"""

import time
from collections.abc import Callable, Collection, Sequence
from uuid import uuid4

import redis

from dealstream.domain.places import Place, Places
from dealstream.domain.rebalance import Move, rebalance
from dealstream.domain.slots import Keys
from dealstream.stores import slot_copy
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import answering, set_if, values
from dealstream.stores.slot_lock import SlotLock
from dealstream.stores.slot_mover import Moved, SlotMover
from dealstream.stores.slot_servers import SlotServers

LOOK_AGAIN_S = 0.05


class Resharder:
    """Moves the slots of a deployment. All its servers have to answer."""

    def __init__(self, configured: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self.servers = SlotServers(configured, keys, timeout_ms)
        self._configured = list(configured)
        self._keys = keys
        self._clients = self.servers.clients
        self._known = self.servers.known
        token = uuid4().hex[:8]
        self._lock = SlotLock(self._clients, keys, token)
        self.mover = SlotMover(self._clients, keys, token)

    def close(self) -> None:
        """Close the connections."""
        self.servers.close()

    def moves(self) -> list[Move]:
        """Return which slots have to move where; raises as `SlotServers.places` does."""
        return rebalance(self.servers.places(), self._configured)

    def reshard(self, moved: Callable[[Moved], None] = lambda moved: None) -> int:
        """Move all slots that have to move, telling of each, and remove what was left behind; return how many keys.

        Raises:
            StoreUnavailableError: another one is at it, or a server did not answer. Run it again.

        """
        self.servers.places()
        self._lock.take(self.servers.addresses)
        try:
            self._note(" ".join(self.servers.addresses).encode())
            for move in self.moves():
                self._lock.renew()
                place = Place(self._known.of(move.slot).version + 1, move.target)
                with answering(f"{move.source} or {move.target}"):
                    done = self.mover.move(move, place.version)
                self.announce({move.slot: place})
                moved(done)
            return self._tidy()
        finally:
            self._lock.leave()

    def announce(self, places: Places) -> None:
        """Tell all servers where slots are now."""
        self._known.learn(places)
        self._known.share()

    def _tidy(self) -> int:
        """Remove what slots have left behind, once the servers that have them now have saved."""
        left = {address: self.servers.left_behind(address, self._lock.renew) for address in self.servers.addresses}
        for address in {self._known.of(slot).address for slots in left.values() for slot in slots}:
            self.save(address)
        for address, slots in left.items():
            for names in slots.values():
                self._lock.renew()
                self.remove(address, names)
        self._note(b"")
        return sum(len(names) for slots in left.values() for names in slots.values())

    def save(self, address: str) -> None:
        """Let a server save what it has now; returns when that is on its disk."""
        client = self._clients.at(address)
        with answering(address):
            self._last_save(client)
            while not _begin_save(client):
                self._last_save(client)
            if self._last_save(client) != "ok":
                raise StoreUnavailableError(
                    f"Redis at {address} can't save (see its log), so what its slots have left behind elsewhere stays"
                    " there; run this again when it can"
                )

    def remove(self, address: str, names: Collection[bytes]) -> None:
        """Remove what one slot has left behind on a server, all at once."""
        with answering(address):
            slot_copy.remove(self._clients.at(address), names)

    def _note(self, addresses: bytes) -> None:
        """Note on every server where something may be left behind: a server that is emptied is soon known to nobody."""
        self.servers.tidy(addresses)
        for address in self.servers.addresses:
            with answering(address):
                client, key = self._clients.at(address), self._keys.tidying
                while not set_if(client, key, values(client, [key])[0], addresses):
                    pass

    def _last_save(self, client: redis.Redis) -> str:
        """Return how a server's last save ended, once it is not just saving."""
        while (info := client.info("persistence"))["rdb_bgsave_in_progress"]:
            self._lock.renew()
            time.sleep(LOOK_AGAIN_S)
        return str(info["rdb_last_bgsave_status"])


def _begin_save(client: redis.Redis) -> bool:
    """Let a server begin to save, unless it is just saving."""
    try:
        return bool(client.bgsave())
    except redis.ResponseError as error:
        if "in progress" not in str(error):
            raise
        return False
