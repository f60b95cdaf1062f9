"""Slots on a Redis Cluster. Its nodes know where they are; `redis-cli --cluster reshard` moves them.

A deployment's slot N has all its keys in the hash slot of the tag ``{N}``, and is a group of its own: a transaction
works on one hash slot. While that moves, some of its keys are on the node that gives it away and some on the one that
gets it. Counts and ranges must change together, so nobody writes to it meanwhile:

* Before each round of transactions all nodes are asked which hash slots are open, that is on their way, or were left
  there by a `redis-cli` that died. These wait. `redis-cli --cluster fix`, which goes on with such a slot, at first lets
  one node take new keys, whatever of its old ones are elsewhere; but it, too, leaves the slot open until it is done.
* If a slot begins to move only then, its node sees to it: it refuses keys that it does not have, new ones too. To write
  we never say ASKING. So a transaction runs where all its keys are, or not at all.

Reads follow, key by key.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.crc import key_slot

from dealstream.domain.slots import Keys
from dealstream.stores import cluster_answers
from dealstream.stores.cluster_answers import ELSEWHERE, in_words
from dealstream.stores.cluster_map import ClusterMap, View
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients
from dealstream.stores.redis_placement import (
    READ_AT_ONCE,
    Group,
    SlotsElsewhereError,
    answering_or_elsewhere,
    look_everywhere,
)


class RedisCluster:
    """A placement on a Redis Cluster that some nodes, ``host:port``, lead to."""

    def __init__(self, seeds: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self._clients = Clients(timeout_ms)
        self._map = ClusterMap(self._clients, seeds)
        self._open: frozenset[int] = frozenset()
        self._hash_slots = [key_slot(keys.applied(slot, 0).encode()) for slot in range(keys.slots)]

    def close(self) -> None:
        """Close the connections."""
        self._clients.close()

    def groups(self, slots: Iterable[int]) -> Sequence[Group]:
        """Return a group for each slot, after asking which are open."""
        self._open = frozenset().union(*(view.open for view in self._views()))
        return [Group(address, self._clients.at(address), (slot,)) for slot, address in self._places(slots).items()]

    def servers(self) -> Sequence[Group]:
        """Return a group for each primary."""
        return self._by_server(range(len(self._hash_slots)))

    def holder(self, slot: int) -> str:
        """Return the address of the node that has a slot; empty if none has."""
        return self._map.view.holders.get(self._hash_slots[slot], "")

    def guards(self, group: Group) -> Sequence[str]:
        """Return nothing: a node knows by itself which slots are there."""
        return []

    def watched(self, group: Group) -> Sequence[str]:
        """Return nothing, as there are no guards."""
        return []

    def writable(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Return the slot of the group, unless it is open; were it elsewhere, the node would have refused."""
        return [slot for slot in group.slots if self._hash_slots[slot] not in self._open]

    @contextmanager
    def answering(self, group: Group) -> Iterator[None]:
        """Turn Redis' errors into those of stores; the node itself may know that the slots are elsewhere."""
        with answering_or_elsewhere(group, self.holder, self._map.ask_another):
            try:
                yield
            except ELSEWHERE as error:
                self._map.ask([group.name])
                raise SlotsElsewhereError(in_words(group.name, error)) from error

    def read(self, places: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """Read keys by (slot, key), one pipelined round trip a node; one by one, for keys of a slot may be on two."""
        return self.ask([(slot, ("GET", key)) for slot, key in places])

    def ask(self, questions: Sequence[tuple[int, tuple[str, ...]]]) -> list[Any]:
        """Send commands by (slot, command), one pipelined round trip a node.

        One that names several keys of a slot that is being moved is not answered before they are on one node.
        """
        found: list[Any] = [None] * len(questions)

        def ask(server: Group) -> Collection[int]:
            unanswered = set()
            own = set(server.slots)
            here = [row for row, (slot, _) in enumerate(questions) if slot in own]
            answers = cluster_answers.read(self._clients, server.client, [questions[row][1] for row in here])
            for row, answer in zip(here, answers, strict=True):
                if isinstance(answer, ELSEWHERE):
                    unanswered.add(questions[row][0])
                elif isinstance(answer, redis.RedisError):
                    raise answer
                found[row] = answer
            if unanswered:
                self._map.ask([server.name])
            return own - unanswered

        look_everywhere(self, self._by_server, {slot for slot, _ in questions}, ask)
        return found

    def scan(self, pattern: str) -> Iterable[str]:
        """Walk the key space of every node with SCAN; once more, if slots were on their way.

        A key that moves to a node that was passed already is there at the second time.
        """
        found: dict[str, None] = {}
        for _ in range(2):
            before = self._views()
            for server in self.servers():
                with self.answering(server):
                    keys = server.client.scan_iter(match=pattern, count=READ_AT_ONCE)
                    found |= dict.fromkeys(key.decode() for key in keys)
            if before == self._views() and not any(view.open for view in before):
                break
        return list(found)

    def at_rest(self, keys: Keys) -> None:
        """Ask every node whether a hash slot moves, whosever keys are there."""
        if any(view.open for view in self._views()):
            raise SlotsElsewhereError("hash slots of the Redis Cluster are being moved; do it again later")

    def _by_server(self, slots: Iterable[int]) -> Sequence[Group]:
        by_server: dict[str, list[int]] = {address: [] for address in self._map.view.primaries}
        for slot, address in self._places(slots).items():
            by_server.setdefault(address, []).append(slot)
        return [Group(address, self._clients.at(address), tuple(own)) for address, own in by_server.items()]

    def _places(self, slots: Iterable[int]) -> dict[int, str]:
        """Return who has each slot.

        Raises:
            StoreUnavailableError: nobody has one.

        """
        wanted = list(slots)
        if not all(map(self.holder, wanted)):
            self._map.ask(self._map.view.primaries)
        for slot in wanted:
            if not self.holder(slot):
                raise StoreUnavailableError(f"no node of the Redis Cluster has hash slot {self._hash_slots[slot]}")
        return {slot: self.holder(slot) for slot in wanted}

    def _views(self) -> list[View]:
        """Return what each primary says."""
        views = []
        for server in self.servers():
            with self.answering(server):
                views.append(self._map.look(server.name))
        return views
