"""Listens to one Redis server: which keys of a deployment it changes (CLIENT TRACKING, by prefix)."""

from collections.abc import Sequence
from typing import Any

import redis


class Listener:
    """A connection on which a server tells what it changes, from the moment on when this was made.

    Every way in which a server may come to hold other data without a command for each key either empties it first,
    which it tells (FLUSHALL, a replica's synchronisation), or ends this connection (a restart, a promoted replica).
    """

    def __init__(self, connection: Any, prefix: str) -> None:  # noqa: ANN401 -- redis-py is half typed
        """Listen to keys that start with ``prefix`` on a connection to which the server may push; raises RedisError."""
        self._connection = connection
        self._told: list[Any] = []
        # not taken apart there, for what a handler raises is only logged
        connection.connection._parser.set_invalidation_push_handler(self._told.append)
        connection.client_tracking_on(bcast=True, prefix=[prefix])

    def heard(self) -> Sequence[str] | None:
        """Return the keys changed since the last time, all those changed before this is asked; None if some may lack.

        Then this listener hears nothing any more.

        Raises:
            redis.RedisError: the server does not answer; nor does it hear anything then.

        """
        # the answer comes after all that was told before; a connection that redis-py made anew tracks nothing
        flags = self._connection.client_trackinginfo()[b"flags"]
        told, self._told[:] = self._told[:], []
        if b"bcast" not in flags or any(names is None for _, names in told):
            return None
        return [name.decode() for _, names in told for name in names]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def listen(client: redis.Redis, prefix: str) -> Listener:
    """Return a listener on this client, or close that and raise RedisError."""
    try:
        return Listener(client, prefix)
    except redis.RedisError:
        client.close()
        raise
