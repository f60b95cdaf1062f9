"""Gives all slots of a server to one that has a copy of them, such as its replica that was promoted."""

from collections.abc import Sequence
from contextlib import suppress

import redis

from dealstream.domain.places import Mark, Places, replaced
from dealstream.domain.slots import Keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import answering, values
from dealstream.stores.slot_servers import SlotServers


class SlotReplacer:
    """Replaces servers of a deployment; what the copy lacks is counted again from the log."""

    def __init__(self, configured: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self.servers = SlotServers(configured, keys, timeout_ms)
        self._keys = keys

    def close(self) -> None:
        """Close the connections."""
        self.servers.close()

    def places(self, old: str, new: str) -> Places:
        """Return the places that the slots of ``old`` will have. ``old`` need not answer.

        Raises:
            StoreUnavailableError: ``new`` does not answer, is a replica, or slots are being moved.

        """
        known = self.servers.known
        known.ask_configured()
        client = self.servers.clients.at(new)
        with answering(new):
            if values(client, [self._keys.lock])[0] is not None:
                raise StoreUnavailableError("slots are being moved by `dealstream reshard`; wait until it is done")
            if client.info("replication")["role"] != "master":
                raise StoreUnavailableError(
                    f"Redis at {new} is a replica, and takes no counts; promote it first: REPLICAOF NO ONE"
                )
        self.servers.ask(new)
        return replaced(known.settled(), old, new)

    def replace(self, old: str, new: str) -> list[int]:
        """Give all slots of ``old`` to ``new``, and tell all servers; return the slots. Raises as `places` does."""
        places = self.places(old, new)
        with suppress(redis.RedisError):
            for slot, place in places.items():
                self.servers.clients.at(old).set(self._keys.mark(slot), Mark(place).dump())
        self.servers.known.learn(places)
        self.servers.known.share()
        return list(places)
