"""The servers of a deployment, and what each of them knows and has of its slots."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from dealstream.domain.places import Mark, Places, by_address
from dealstream.domain.slots import Keys
from dealstream.stores import slot_copy
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.known_places import KnownPlaces
from dealstream.stores.redis_clients import Clients, answering, values
from dealstream.stores.redis_walk import walk


@dataclass(frozen=True)
class ServerSlots:
    """A server, the slots that it holds, and those of them that are just being moved away.

    ``problem`` is why it does not answer; None if it does.
    """

    address: str
    configured: bool = False
    slots: Sequence[int] = ()
    moving: Sequence[int] = ()
    problem: StoreUnavailableError | None = None


class SlotsPiece(NamedTuple):
    """How many keys of a server were passed, and by slot how many of them were the deployment's."""

    passed: int
    keys: Counter[int]


class SlotServers:
    """All servers that have, or may have, anything of a deployment; ``configured`` are those of the configuration."""

    def __init__(self, configured: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self.clients = Clients(timeout_ms)
        self.known = KnownPlaces(self.clients, keys, configured)
        self._configured = list(configured)
        self._keys = keys
        self._tidying: dict[str, None] = {}
        self._fences: dict[int, Mark] = {}

    def close(self) -> None:
        """Close the connections."""
        self.clients.close()

    @property
    def addresses(self) -> list[str]:
        """The servers, as far as this process knows."""
        return list(dict.fromkeys([*self.known.addresses, *self._tidying]))

    def places(self) -> Places:
        """Return where the slots are, after asking every server.

        Raises:
            StoreUnavailableError: one does not answer, or none knows of this deployment.

        """
        for problem in self._ask_all().values():
            raise problem
        return self.known.settled()

    def look(self) -> list[ServerSlots]:
        """Return all servers, after asking every one; some may not answer.

        Raises:
            StoreUnavailableError: none that answers knows of this deployment.

        """
        problems = self._ask_all()
        held = by_address(self.known.settled())
        fenced = {slot for slot, mark in self._fences.items() if mark.place > self.known.of(slot)}
        found = []
        for address in self.addresses:
            slots = held.get(address, [])
            moving = [slot for slot in slots if slot in fenced]
            found.append(ServerSlots(address, address in self._configured, slots, moving, problems.get(address)))
        return found

    def memory(self, address: str) -> tuple[int, int | None]:
        """Return how many bytes a server uses, and how many it may use; None is without a limit."""
        with answering(address):
            info = self.clients.at(address).info("memory")
        return int(info["used_memory"]), int(info["maxmemory"]) or None

    def size(self, address: str) -> int:
        """Return how many keys a server has, whosever they are."""
        with answering(address):
            return int(self.clients.at(address).dbsize())

    def pieces(self, address: str) -> Iterator[SlotsPiece]:
        """Yield what is on a server; see `walk`."""
        for keys in walk(self.clients.at(address), partial(answering, address)):
            slots = (self._keys.moves_with(key) for key in keys)
            yield SlotsPiece(len(keys), Counter(slot for slot in slots if slot is not None))

    def left_behind(self, address: str, meanwhile: Callable[[], None] = lambda: None) -> dict[int, set[bytes]]:
        """Return the keys on a server of each slot that is elsewhere, but not its marks.

        That takes its time, if there are many keys; ``meanwhile`` is done now and then.
        """
        left: dict[int, set[bytes]] = {}
        client, cursor = self.clients.at(address), -1
        while cursor:
            meanwhile()
            with answering(address):
                answer: Any = client.scan(max(cursor, 0), self._keys.every_slot, slot_copy.SCAN_AT_ONCE)
            cursor, found = answer
            for key in found:
                slot = self._keys.moves_with(key.decode())
                if slot is not None and self.known.of(slot).address != address:
                    left.setdefault(slot, set()).add(key)
        return left

    def tidy(self, addresses: bytes) -> None:
        """Remember servers on which something may be left behind."""
        self._tidying |= dict.fromkeys(addresses.decode().split())

    def ask(self, address: str) -> None:
        """Take in what a server knows: its places, and its marks, which may be news if a resharder has died.

        Raises:
            StoreUnavailableError: it does not answer.

        """
        names = [self._keys.places, self._keys.tidying, *map(self._keys.mark, range(self._keys.slots))]
        with answering(address):
            places, tidying, *marks = values(self.clients.at(address), names)
        self.known.hear(places)
        self.tidy(tidying or b"")
        found = {slot: Mark.parse(text) for slot, text in enumerate(marks) if text is not None}
        self.known.learn({slot: mark.place for slot, mark in found.items() if not mark.token})
        self._fences |= {slot: mark for slot, mark in found.items() if mark.token}

    def _ask_all(self) -> dict[str, StoreUnavailableError]:
        """Ask all servers, those too that one of them knows of; return the problems of those that do not answer."""
        if not self.known.ask_configured():
            raise StoreUnavailableError(
                f"Redis at {', '.join(self._configured)}: nobody there knows of this deployment. If it has been"
                " counting on other servers, keep one of them in dealstream.redis.servers until its slots have moved"
            )
        problems: dict[str, StoreUnavailableError] = {}
        asked: list[str] = []
        while new := [address for address in self.addresses if address not in asked]:
            for address in new:
                try:
                    self.ask(address)
                except StoreUnavailableError as error:
                    problems[address] = error
            asked += new
        return problems
