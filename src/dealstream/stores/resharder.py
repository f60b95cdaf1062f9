"""Spreads the slots of a deployment over the configured servers while counting goes on; whatever dies, run it again.

Slot by slot: move it (slot_mover), then tell all servers. When all are moved: let the servers that got slots save, for
one that is set back to before could only count them again from the log; then remove what was left behind.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from uuid import uuid4

import redis

from dealstream.domain.places import Mark, Place, Places, replaced
from dealstream.domain.rebalance import Move, rebalance
from dealstream.domain.slots import Keys
from dealstream.stores import slot_copy
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.known_places import KnownPlaces
from dealstream.stores.redis_clients import Clients, answering, set_if, values
from dealstream.stores.slot_lock import SlotLock
from dealstream.stores.slot_mover import Moved, SlotMover

LOOK_AGAIN_S = 0.05


class Resharder:
    """Moves the slots of a deployment. All its servers have to answer."""

    def __init__(self, servers: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self._servers = list(servers)
        self._keys = keys
        self._clients = Clients(timeout_ms)
        self._known = KnownPlaces(self._clients, keys, servers)
        self._tidying: dict[str, None] = {}
        token = uuid4().hex[:8]
        self._lock = SlotLock(self._clients, keys, token)
        self.mover = SlotMover(self._clients, keys, token)

    def close(self) -> None:
        """Close the connections."""
        self._clients.close()

    def places(self) -> Places:
        """Return where the slots are, after asking every server.

        Raises:
            StoreUnavailableError: one does not answer, or none knows of this deployment.

        """
        if not self._known.ask_configured():
            raise StoreUnavailableError(
                f"Redis at {', '.join(self._servers)}: nobody there knows of this deployment. If it has been counting"
                " on other servers, keep one of them in dealstream.redis.servers until its slots have moved"
            )
        asked: list[str] = []
        while new := [address for address in self._addresses() if address not in asked]:
            for address in new:
                with answering(address):
                    self._ask(self._clients.at(address))
            asked += new
        return self._known.settled()

    def moves(self) -> list[Move]:
        """Return which slots have to move where; raises as `places` does."""
        return rebalance(self.places(), self._servers)

    def reshard(self, moved: Callable[[Moved], None] = lambda moved: None) -> int:
        """Move all slots that have to move, telling of each, and remove what was left behind; return how many keys.

        Raises:
            StoreUnavailableError: another one is at it, or a server did not answer. Run it again.

        """
        self.places()
        self._lock.take(self._addresses())
        try:
            self._note(" ".join(self._addresses()).encode())
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
        left = {address: self.left_behind(address) for address in self._addresses()}
        for address in {self._known.of(slot).address for slots in left.values() for slot in slots}:
            self.save(address)
        for address, slots in left.items():
            for names in slots.values():
                self._lock.renew()
                self.remove(address, names)
        self._note(b"")
        return sum(len(names) for slots in left.values() for names in slots.values())

    def left_behind(self, address: str) -> dict[int, list[bytes]]:
        """Return the keys on a server of each slot that is elsewhere, but not its marks."""
        left: dict[int, list[bytes]] = {}
        with answering(address):
            for key in set(self._clients.at(address).scan_iter(self._keys.every_slot, slot_copy.SCAN_AT_ONCE)):
                slot = self._keys.slot_of(key.decode())
                if self._known.of(slot).address != address and key.decode() != self._keys.mark(slot):
                    left.setdefault(slot, []).append(key)
        return left

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

    def replace(self, old: str, new: str) -> list[int]:
        """Give all slots of ``old`` to ``new``, which has a copy of them: its replica, say. Return the slots.

        What the copy lacks is counted again from the log. ``old`` need not answer.

        Raises:
            StoreUnavailableError: ``new`` does not answer, or slots are being moved.

        """
        self._known.ask_configured()
        with answering(new):
            client = self._clients.at(new)
            if values(client, [self._keys.lock])[0] is not None:
                raise StoreUnavailableError("slots are being moved by `dealstream reshard`; wait until it is done")
            self._ask(client)
        places = replaced(self._known.settled(), old, new)
        with suppress(redis.RedisError):
            for slot, place in places.items():
                self._clients.at(old).set(self._keys.mark(slot), Mark(place).dump())
        self.announce(places)
        return list(places)

    def _addresses(self) -> list[str]:
        """Return all servers that have, or may have, anything of the deployment."""
        return list(dict.fromkeys([*self._known.addresses, *self._tidying]))

    def _note(self, addresses: bytes) -> None:
        """Note on every server where something may be left behind: a server that is emptied is soon known to nobody."""
        self._tidying |= dict.fromkeys(addresses.decode().split())
        for address in self._addresses():
            with answering(address):
                client, key = self._clients.at(address), self._keys.tidying
                while not set_if(client, key, values(client, [key])[0], addresses):
                    pass

    def _ask(self, client: redis.Redis) -> None:
        """Take in what a server knows: its places, and its marks, which may be news if a resharder has died."""
        names = [self._keys.places, self._keys.tidying, *map(self._keys.mark, range(self._keys.slots))]
        places, tidying, *marks = values(client, names)
        self._known.hear(places)
        self._tidying |= dict.fromkeys((tidying or b"").decode().split())
        found = {slot: Mark.parse(text) for slot, text in enumerate(marks) if text is not None}
        self._known.learn({slot: mark.place for slot, mark in found.items() if not mark.token})

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
