"""The keys of a slot on a server: listed once, and from then on followed.

SCAN looks at every key of the server: a second for each million. To list while nobody may write to the slot would take
as long, so they are listed before; whatever is changed later, Redis tells (CLIENT TRACKING, in its own order with the
answers on the same connection).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dealstream.domain.slots import Keys
from dealstream.stores import slot_copy
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients


class SlotKeys:
    """Those keys, but not the mark, which belongs to the server: what was ``listed``, and what has `changed`."""

    def __init__(self, address: str, connection: Any, keys: Keys, slot: int) -> None:  # noqa: ANN401 -- half typed
        self._address = address
        self._connection = connection
        self._mark = keys.mark(slot).encode()
        self._told: list[Any] = []
        self._changed: set[bytes] = set()
        # not taken apart there, for what a handler raises is only logged
        self._connection.connection._parser.set_invalidation_push_handler(self._told.append)
        self._connection.client_tracking_on(bcast=True, prefix=[keys.of_slot(slot)])
        self.listed = slot_copy.keys_of(connection, keys, slot)

    def changed(self) -> set[bytes]:
        """Return all keys that were written or removed since the listing began, up to now.

        Raises:
            StoreUnavailableError: changes may have been missed, for the connection was lost or the server emptied.

        """
        flags = self._connection.client_trackinginfo()[b"flags"]
        told, self._told[:] = self._told[:], []
        if b"bcast" not in flags or any(names is None for _, names in told):
            raise StoreUnavailableError(
                f"Redis at {self._address} went away while a slot was copied; nothing has changed, run this again"
            )
        self._changed.update(name for _, names in told for name in names if name != self._mark)
        return self._changed

    def all(self) -> set[bytes]:
        """Return all keys that are there, and maybe some that are not any more; raises as `changed` does."""
        return self.listed | self.changed()


@contextmanager
def following(clients: Clients, address: str, keys: Keys, slot: int) -> Iterator[SlotKeys]:
    """List the keys of a slot on a server and follow them, on a connection of their own.

    Raises:
        redis.RedisError: the server did not answer.

    """
    with clients.connection(address) as connection:
        yield SlotKeys(address, connection, keys, slot)
