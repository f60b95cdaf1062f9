"""Clients of Redis servers by address, opened when first needed; what they are asked, and what their errors mean."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError

# a full server must take these few bytes: they are what moves slots away from it
_SET_IF = """#!lua flags=allow-oom
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[3] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1"""


class Clients:
    """The clients of one process."""

    def __init__(self, timeout_ms: int) -> None:
        self.timeout_ms = timeout_ms
        self._clients: dict[str, redis.Redis] = {}

    def at(self, address: str) -> redis.Redis:
        """Return the client of the server at ``host:port``."""
        if address not in self._clients:
            self._clients[address] = self._open(address)
        return self._clients[address]

    def connection(self, address: str) -> redis.Redis:
        """Return a client of one connection, to which the server may push; it is the caller's to close."""
        return self._open(address, single_connection_client=True, protocol=3)

    def _open(self, address: str, **options: int) -> redis.Redis:
        host, _, port = address.rpartition(":")
        return redis.Redis(host=host, port=int(port), **{**connection_options(self.timeout_ms), **options})

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()


def connection_options(timeout_ms: int) -> dict[str, Any]:
    """Return what every connection is opened with."""
    return {
        "password": secrets.redis_password(os.environ),
        "socket_timeout": timeout_ms / 1000,
        "socket_connect_timeout": timeout_ms / 1000,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 1),
    }


def set_if(client: redis.Redis, key: str, before: bytes | None, after: bytes, expires_ms: int = 0) -> bool:
    """Set a key that is ``before`` (None: not there), even on a full server; tell whether it was.

    ``expires_ms`` is how long it lives; 0 is for ever.
    """
    return bool(client.eval(_SET_IF, 1, key, before or b"", after, expires_ms))


def values(client: redis.Redis, names: Sequence[str | bytes]) -> list[bytes | None]:
    """Return the values of some keys."""
    return cast("list[bytes | None]", client.mget(names))


def in_words(server: str, error: redis.RedisError) -> str:
    """Return what an operator has to know of an error of a server."""
    if isinstance(error, redis.OutOfMemoryError):
        return (
            f"Redis at {server} is out of memory: it has reached its maxmemory and takes no more. Nothing is lost,"
            " the batches come again until there is room. Raise maxmemory there, or add a server and move slots to it:"
            " `dealstream reshard`"
        )
    return f"Redis at {server}: {error}"


@contextmanager
def answering(address: str) -> Iterator[None]:
    """Turn the errors of a server into a StoreUnavailableError."""
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailableError(in_words(address, error)) from error
