"""Which node of a Redis Cluster holds which hash slot, as the nodes say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients, in_words


@dataclass(frozen=True)
class View:
    """What a node says: who holds each hash slot, all primaries, and whether it gives or takes a slot just now."""

    holders: Mapping[int, str]
    primaries: tuple[str, ...]
    moving: bool


class ClusterMap:
    """The map of one process, as the node that was asked last has it."""

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
        """Return what a node says, and take it in; raises redis.RedisError."""
        client: Any = self._clients.at(address)
        self._view = _parse(client.execute_command("CLUSTER NODES"), address)
        return self._view

    def ask(self, addresses: Iterable[str]) -> str:
        """Take in what the first node that answers says, if one does; return what was wrong with another.

        No others are tried after one that is frozen.
        """
        problem = ""
        for address in addresses:
            try:
                self.look(address)
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
    holders: dict[int, str] = {}
    primaries = []
    moving = False
    for name, node in nodes.items():
        flags = node["flags"].split(",")
        address = name if name.rpartition(":")[0] else asked
        for bounds in node["slots"]:
            holders |= dict.fromkeys(range(int(bounds[0]), int(bounds[-1]) + 1), address)
        if node["slots"] or ("master" in flags and not {"fail", "handshake", "noaddr"} & set(flags)):
            primaries.append(address)
        moving = moving or bool(node["migrations"])
    return View(holders, tuple(sorted(primaries)), moving)
