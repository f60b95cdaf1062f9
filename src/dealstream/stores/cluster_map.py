"""Which node of a Redis Cluster holds which hash slot, and which are on their way, as the nodes say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import redis

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients, in_words

_NO_SERVER = {"fail", "handshake", "noaddr"}


@dataclass(frozen=True)
class View:
    """What a node says: the bounds of the hash slots of each primary, and which slots it gives away or takes just now.

    A slot that a node once gave away or took, and never ended to, is among these: it is open.
    """

    primaries: Mapping[str, Sequence[tuple[int, int]]]
    open: frozenset[int]

    @cached_property
    def holders(self) -> Mapping[int, str]:
        """Who holds each hash slot."""
        return {
            hash_slot: address
            for address, slots in self.primaries.items()
            for first, last in slots
            for hash_slot in range(first, last + 1)
        }


class ClusterMap:
    """The map of one process: what the node has said whose answer was taken in last."""

    def __init__(self, clients: Clients, seeds: Sequence[str]) -> None:
        self._clients = clients
        self._seeds = list(seeds)
        self._view: View | None = None
        self._turn = 0

    @property
    def view(self) -> View:
        """The map; asks the seeds if there is none yet.

        Raises:
            StoreUnavailableError: there is none, and no seed answers.

        """
        if self._view is None:
            problem = self.ask(self._seeds)
            if self._view is None:
                raise StoreUnavailableError(f"no node of the Redis Cluster tells where the slots are: {problem}")
        return self._view

    def look(self, address: str) -> View:
        """Return what a node says; raises redis.RedisError."""
        client: Any = self._clients.at(address)
        return _parse(client.execute_command("CLUSTER NODES"), address)

    def ask(self, addresses: Iterable[str]) -> str:
        """Take in what the first node that answers says, if one does; return what was wrong with another.

        No others are tried after one that is frozen.
        """
        problem = ""
        for address in addresses:
            try:
                self._view = self.look(address)
                break
            except redis.RedisError as error:
                problem = in_words(address, error)
                if isinstance(error, redis.TimeoutError):
                    break
        return problem

    def ask_another(self, address: str) -> None:
        """Take in what a node says that is not at ``address``: each time another one's turn comes."""
        known = self._view.primaries if self._view else ()
        if others := [other for other in dict.fromkeys([*known, *self._seeds]) if other != address]:
            self._turn = (self._turn + 1) % len(others)
            self.ask([*others[self._turn :], *others[: self._turn]])


def _parse(nodes: Mapping[str, Mapping[str, Any]], asked: str) -> View:
    """Read what CLUSTER NODES answers; a node that was never told its own address is where it was asked."""
    primaries: dict[str, list[tuple[int, int]]] = {}
    moving: set[int] = set()
    for name, node in sorted(nodes.items()):
        flags = set(node["flags"].split(","))
        if node["slots"] or ("master" in flags and not _NO_SERVER & flags):
            address = name if name.rpartition(":")[0] else asked
            primaries[address] = [(int(bounds[0]), int(bounds[-1])) for bounds in node["slots"]]
        moving.update(int(migration["slot"]) for migration in node["migrations"])
    return View(primaries, frozenset(moving))
