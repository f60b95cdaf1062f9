"""Slots on a list of Redis servers, sharded by the client: slot s lives on server s mod their number."""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_placement import READ_AT_ONCE, Group


class RedisServers:
    """A placement on ``host:port`` servers."""

    def __init__(self, servers: Sequence[str], timeout_ms: int) -> None:
        self._names = list(servers)
        self._clients = [_client(server, timeout_ms) for server in servers]

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()

    def groups(self, slots: Iterable[int]) -> Sequence[Group]:
        """Return a group for each server that holds any of the slots."""
        by_server: dict[int, list[int]] = {}
        for slot in slots:
            by_server.setdefault(slot % len(self._names), []).append(slot)
        return [Group(self._names[number], self._clients[number], tuple(own)) for number, own in by_server.items()]

    def holder(self, slot: int) -> str:
        """Return the address of the server that holds a slot."""
        return self._names[slot % len(self._names)]

    def guards(self, group: Group) -> Sequence[str]:
        """Return nothing: slots stay where they are."""
        return ()

    def writable(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Return all slots of the group."""
        return group.slots

    @contextmanager
    def answering(self, group: Group) -> Iterator[None]:
        """Turn Redis' errors into a store that is unavailable."""
        try:
            yield
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis at {group.name}: {error}") from error

    def read(self, places: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """Read keys by (slot, key), one pipelined round trip a server."""
        values: list[bytes | None] = [None] * len(places)
        for group in self.groups({slot for slot, _ in places}):
            here = [row for row, (slot, _) in enumerate(places) if slot in group.slots]
            with self.answering(group), group.client.pipeline(transaction=False) as pipe:
                for start in range(0, len(here), READ_AT_ONCE):
                    pipe.mget([places[row][1] for row in here[start : start + READ_AT_ONCE]])
                answers = [value for answer in pipe.execute() for value in answer]
            for row, value in zip(here, answers, strict=True):
                values[row] = value
        return values

    def scan(self, pattern: str) -> Iterator[str]:
        """Walk the key space of every server with SCAN."""
        for name, client in zip(self._names, self._clients, strict=True):
            with self.answering(Group(name, client, ())):
                for key in client.scan_iter(match=pattern, count=READ_AT_ONCE):
                    yield key.decode()


def _client(server: str, timeout_ms: int) -> redis.Redis:
    host, _, port = server.rpartition(":")
    return redis.Redis(
        host=host,
        port=int(port),
        password=secrets.redis_password(os.environ),
        socket_timeout=timeout_ms / 1000,
        socket_connect_timeout=timeout_ms / 1000,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
