"""Which slots have to move so that every server holds its share."""

from collections.abc import Sequence
from dataclasses import dataclass

from dealstream.domain.places import Places, by_address


@dataclass(frozen=True)
class Move:
    """A slot that goes from one server to another."""

    slot: int
    source: str
    target: str


def rebalance(places: Places, servers: Sequence[str]) -> list[Move]:
    """Return the fewest moves after which ``servers`` hold all slots, none more than one slot more than another."""
    held = by_address(places)
    share, more = divmod(len(places), len(servers))
    # who holds most keeps the odd ones
    fullest = sorted(servers, key=lambda server: -len(held.get(server, [])))
    quotas = {server: share + (place < more) for place, server in enumerate(fullest)}
    leaving = [(slot, server) for server, slots in held.items() for slot in slots[quotas.get(server, 0) :]]
    wanting = [server for server in servers for _ in range(quotas[server] - len(held.get(server, [])))]
    return [Move(slot, source, target) for (slot, source), target in zip(sorted(leaving), wanting, strict=True)]
