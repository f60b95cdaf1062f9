"""How many keys servers have of each slot, and which of them were left behind."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dealstream.queries.slots import CountedServer
    from dealstream.stores.slot_servers import ServerSlots, SlotServers


def count(store: "SlotServers", servers: "Iterable[ServerSlots]") -> "list[CountedServer]":
    """Look at all keys of those servers that answer, with a progress bar."""
    from dealstream.cli.progress import progress
    from dealstream.queries.slots import CountedServer

    found = [CountedServer(server) for server in servers]
    answering = [counted for counted in found if counted.server.problem is None]
    with progress("keys", sum(store.size(counted.server.address) for counted in answering)) as passed:
        for counted in answering:
            counted.used, counted.limit = store.memory(counted.server.address)
            for piece in store.pieces(counted.server.address):
                counted.keys += piece.keys
                passed(piece.passed)
    return found


def leftovers(servers: "Iterable[CountedServer]") -> list[str]:
    """Return a line for every server that has something of slots that are elsewhere."""
    from dealstream.domain.slots import listed

    return [
        f"left behind on {counted.server.address}: {counted.number(slots):,} keys of slots {listed(slots)};"
        " `dealstream reshard` removes them"
        for counted in servers
        if (slots := counted.left_behind)
    ]
