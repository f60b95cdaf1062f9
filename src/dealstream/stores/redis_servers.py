"""Slots on a list of Redis servers, sharded by the client. At first slot s lives on server s mod their number.

From then on a slot stays where it is, whatever becomes of the list, until `dealstream reshard` moves it. Every
transaction and every read looks at two things on the server it goes to: what that knows of all places, and the marks of
the slots. A slot that is being moved (see slot_mover) is left out of transactions, and read where it still is; one that
has moved is followed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from dealstream.domain.places import Mark, by_address
from dealstream.domain.slots import Keys
from dealstream.stores.known_places import KnownPlaces
from dealstream.stores.redis_clients import Clients, values
from dealstream.stores.redis_placement import (
    READ_AT_ONCE,
    Group,
    SlotsElsewhereError,
    answering_or_elsewhere,
    look_everywhere,
)


class RedisServers:
    """A placement on ``host:port`` servers."""

    def __init__(self, servers: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self._keys = keys
        self._clients = Clients(timeout_ms)
        self._known = KnownPlaces(self._clients, keys, servers)

    def close(self) -> None:
        """Close the connections."""
        self._clients.close()

    def groups(self, slots: Iterable[int]) -> Sequence[Group]:
        """Return a group for each server that holds any of the slots."""
        places = self._known.settled()
        held = by_address({slot: places[slot] for slot in slots})
        return [self._group(address, own) for address, own in held.items()]

    def servers(self) -> Sequence[Group]:
        """Return a group for each server that is configured or holds a slot."""
        held = by_address(self._known.settled())
        return [self._group(address, held.get(address, ())) for address in self._known.addresses]

    def holder(self, slot: int) -> str:
        """Return the address of the server that holds a slot."""
        return self._known.of(slot).address

    def guards(self, group: Group) -> Sequence[str]:
        """Return the keys of the places the server knows, and of each slot's mark."""
        return [self._keys.places, *self.watched(group)]

    def watched(self, group: Group) -> Sequence[str]:
        """Return the keys of the marks.

        A slot that leaves changes its mark. The places tell a server that was set back what it has forgotten; it could
        hear of them a moment after a transaction as well as before its end, so they would only undo what other slots do
        each time that a slot has moved. What ends on such a server is counted again: the slot's ranges lack it.
        """
        return [self._keys.mark(slot) for slot in group.slots]

    def writable(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Return the slots that are there and not being moved."""
        moving = self._moving(group, guards)
        return [slot for slot in group.slots if slot not in moving and self.holder(slot) == group.name]

    def answering(self, group: Group) -> AbstractContextManager[None]:
        """Turn Redis' errors into those of stores."""
        return answering_or_elsewhere(group, self.holder, self._known.ask_another)

    def read(self, places: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """Read keys by (slot, key), one pipelined round trip a server."""
        rows: dict[int, list[int]] = defaultdict(list)
        for row, (slot, _) in enumerate(places):
            rows[slot].append(row)
        pieces = [
            (slot, own[start : start + READ_AT_ONCE])
            for slot, own in rows.items()
            for start in range(0, len(own), READ_AT_ONCE)
        ]
        answers = self.ask([(slot, ("MGET", *(places[row][1] for row in piece))) for slot, piece in pieces])
        found: list[bytes | None] = [None] * len(places)
        for (_, piece), answer in zip(pieces, answers, strict=True):
            for row, value in zip(piece, answer, strict=True):
                found[row] = value
        return found

    def ask(self, questions: Sequence[tuple[int, tuple[str, ...]]]) -> list[Any]:
        """Send commands by (slot, command), one pipelined round trip a server."""
        found: list[Any] = [None] * len(questions)

        def ask(group: Group) -> Collection[int]:
            own = set(group.slots)
            here = [row for row, (slot, _) in enumerate(questions) if slot in own]
            with group.client.pipeline(transaction=False) as pipe:
                for row in here:
                    pipe.execute_command(*questions[row][1])  # type: ignore[no-untyped-call]
                pipe.mget(self.guards(group))
                *answers, guards = pipe.execute()
            for row, answer in zip(here, answers, strict=True):
                found[row] = answer
            return self._readable(group, guards)

        look_everywhere(self, self.groups, {slot for slot, _ in questions}, ask)
        return found

    def scan(self, pattern: str) -> Iterable[str]:
        """Walk the key space of every server with SCAN; what a slot left behind is passed over."""
        found: dict[int, list[str]] = {}

        def scan(group: Group) -> Collection[int]:
            keys = [key.decode() for key in group.client.scan_iter(match=pattern, count=READ_AT_ONCE)]
            readable = self._readable(group, values(group.client, self.guards(group)))
            found.update((slot, []) for slot in readable)
            for key in keys:
                if (slot := self._keys.slot_of(key)) in readable:
                    found[slot].append(key)
            return readable

        look_everywhere(self, self.groups, range(self._keys.slots), scan)
        return [key for keys in found.values() for key in keys]

    def at_rest(self, keys: Keys) -> None:
        """Ask every server whether `dealstream reshard` is at work on the schema."""
        for server in self.servers():
            with self.answering(server):
                if values(server.client, [keys.lock])[0] is not None:
                    raise SlotsElsewhereError(f"slots are being moved, says Redis at {server.name}; do it again later")

    def _group(self, address: str, slots: Iterable[int]) -> Group:
        return Group(address, self._clients.at(address), tuple(slots))

    def _readable(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Return the slots that were there until the guards were read, which must have been last."""
        self._moving(group, guards)
        return {slot for slot in group.slots if self.holder(slot) == group.name}

    def _moving(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Take in what the guards tell; return the slots that are being moved."""
        places, *texts = guards
        self._known.hear(places)
        marks = {slot: Mark.parse(text) for slot, text in zip(group.slots, texts, strict=True) if text is not None}
        news = {slot: mark for slot, mark in marks.items() if mark.place > self._known.of(slot)}
        self._known.learn({slot: mark.place for slot, mark in news.items() if not mark.token})
        return {slot for slot, mark in news.items() if mark.token}
