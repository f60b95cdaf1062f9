"""How much memory the counters take: every key of a deployment with its size, a piece at a time. Redis only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from dealstream.domain.slots import Keys
from dealstream.stores.redis_layout import CounterLayout
from dealstream.stores.redis_placement import Group, Placement
from dealstream.stores.redis_walk import size, walk

# how many bytes of cubes one round trip reads: a server must not be busy with us for long
BYTES_AT_ONCE = 4 << 20


@dataclass(frozen=True)
class ServerState:
    """A server as a whole: all its keys, whosever they are, and its memory in bytes; ``limit`` is None without one."""

    name: str
    keys: int
    used: int
    limit: int | None


class Measured(NamedTuple):
    """A key, how many bytes it takes (MEMORY USAGE), whether it expires, and what counts it holds, as a cube."""

    key: str
    size: int
    expires: bool
    cube: bytes | None


class Piece(NamedTuple):
    """How many keys of a server were passed, and what those of the deployment among them are like."""

    passed: int
    found: list[Measured]


class RedisMemory:
    """What the keys of one deployment take. Its methods raise as `Placement.read` does."""

    def __init__(self, placement: Placement, keys: Keys, layout: CounterLayout) -> None:
        self._placement = placement
        self._keys = keys
        self._layout = layout

    def close(self) -> None:
        """Close the connections."""
        self._placement.close()

    def servers(self) -> Sequence[Group]:
        """Return the servers, one group each."""
        return self._placement.servers()

    def state(self, server: Group) -> ServerState:
        """Return what the server says of itself."""
        with self._placement.answering(server):
            memory = server.client.info("memory")
        keys = size(self._placement, server)
        return ServerState(server.name, keys, int(memory["used_memory"]), int(memory["maxmemory"]) or None)

    def pieces(self, server: Group, sample: int | None = None) -> Iterator[Piece]:
        """Yield what is on a server; with ``sample`` only until so many cubes were passed.

        A server passes its keys in the order of a hash, so the first ones are as good as any drawn by lot.
        """
        left = sample
        for keys in walk(server.client, partial(self._placement.answering, server)):
            if left is not None:
                keys, left = self._until(keys, left)
            own = [key for key in keys if key.startswith(self._keys.prefix)]
            yield Piece(len(keys), self._measure(server, own))
            if left == 0:
                return

    def _until(self, keys: list[str], cubes: int) -> tuple[list[str], int]:
        """Return the keys up to the ``cubes``-th cube, and how many cubes are lacking still."""
        for position, key in enumerate(keys):
            cubes -= self._keys.parse(key) is not None
            if cubes == 0:
                return keys[: position + 1], 0
        return keys, cubes

    def _measure(self, server: Group, keys: Sequence[str]) -> list[Measured]:
        """Return what keys are like; those that are gone meanwhile are left out."""
        with self._placement.answering(server), server.client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.memory_usage(key)
                pipe.pttl(key)
            answers = pipe.execute()
        sizes = {key: usage for key, usage in zip(keys, answers[::2], strict=True) if usage is not None}
        cubes = self._cubes(server, {key: usage for key, usage in sizes.items() if self._keys.parse(key)})
        lives = dict(zip(keys, answers[1::2], strict=True))
        return [Measured(key, usage, lives[key] >= 0, cubes.get(key)) for key, usage in sizes.items()]

    def _cubes(self, server: Group, sizes: dict[str, int]) -> dict[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        for keys in _parts(sizes):
            with self._placement.answering(server), server.client.pipeline(transaction=False) as pipe:
                for key in keys:
                    self._layout.look(pipe, key)
                found |= {key: self._layout.looked(answer) for key, answer in zip(keys, pipe.execute(), strict=True)}
        return found


def _parts(sizes: dict[str, int]) -> Iterator[list[str]]:
    """Cut keys into lists of about `BYTES_AT_ONCE`; a larger one is alone."""
    part: list[str] = []
    room = BYTES_AT_ONCE
    for key, usage in sizes.items():
        if part and usage > room:
            yield part
            part, room = [], BYTES_AT_ONCE
        part.append(key)
        room -= usage
    if part:
        yield part
