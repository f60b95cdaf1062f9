"""Where slots are. Each move gives a slot a place of the next version; of two places the higher version holds.

So what several servers and processes know can be merged in any order, and the older knowledge of a server that
was set back is put right by whoever knows better.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """The server that holds a slot; of two places of one slot the greater is the newer."""

    version: int
    address: str


# the place of every slot
Places = Mapping[int, Place]


@dataclass(frozen=True)
class Mark:
    """What a slot leaves behind on a server: where it has moved to or, with a ``token``, is just being moved to.

    The token says by whom. A mark that is no newer than the place a slot is known to be at means nothing any more.
    """

    place: Place
    token: str = ""

    @staticmethod
    def parse(text: bytes) -> "Mark":
        """Read what `dump` wrote.

        Raises:
            ValueError: the text is not of that form.

        """
        state, version, address, *token = text.decode().split()
        if (state, len(token)) not in (("moved", 0), ("moving", 1)):
            raise ValueError(f"{text!r} is no mark of a slot")
        return Mark(Place(int(version), address), *token)

    def dump(self) -> bytes:
        """Return it as text: ``moved 2 redis-3:6379``, or ``moving 2 redis-3:6379 5f0c``."""
        state = "moving" if self.token else "moved"
        return " ".join([state, str(self.place.version), self.place.address, *filter(None, [self.token])]).encode()


def spread(slots: int, servers: Sequence[str]) -> Places:
    """Return the places of slots that nobody has placed yet: slot s on server s mod their number."""
    return {slot: Place(1, servers[slot % len(servers)]) for slot in range(slots)}


def merge(every: Iterable[Places]) -> Places:
    """Return the newest place of each slot."""
    newest: dict[int, Place] = {}
    for places in every:
        for slot, place in places.items():
            newest[slot] = max(place, newest.get(slot, place))
    return newest


def parse(text: bytes | None) -> Places:
    """Read what `dump` wrote; None is no slot's place.

    Raises:
        ValueError: the text is not of that form.

    """
    lines = [line.split(" ") for line in (text or b"").decode().splitlines()]
    return {int(slot): Place(int(version), address) for slot, version, address in lines}


def dump(places: Places) -> bytes:
    """Return places as text, readable in redis-cli: a line ``slot version address`` for each slot."""
    return "\n".join(f"{slot} {place.version} {place.address}" for slot, place in sorted(places.items())).encode()


def replaced(places: Places, old: str, new: str) -> Places:
    """Return the next place of each slot that is at ``old``: ``new``."""
    return {slot: Place(place.version + 1, new) for slot, place in places.items() if place.address == old}


def by_address(places: Places) -> dict[str, list[int]]:
    """Return the slots that each server holds, rising."""
    held: dict[str, list[int]] = {}
    for slot, place in sorted(places.items()):
        held.setdefault(place.address, []).append(slot)
    return held
