"""Where slots are, where they are to go, and what they have left behind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dealstream.domain.rebalance import Move
from dealstream.stores.slot_servers import ServerSlots

_PLAN = {
    "server": pl.String,
    "slots": pl.Int64,
    "slots_after": pl.Int64,
    "keys": pl.Int64,
    "keys_after": pl.Int64,
    "used_bytes": pl.Int64,
    "max_bytes": pl.Int64,
}


@dataclass
class CountedServer:
    """A server, how many keys it has of each slot, whether it holds that or not, and its memory in bytes.

    ``limit`` is None without one.
    """

    server: ServerSlots
    keys: Counter[int] = field(default_factory=Counter)
    used: int = 0
    limit: int | None = None

    @property
    def left_behind(self) -> list[int]:
        """The slots that are elsewhere and of which it still has keys."""
        return sorted(self.keys.keys() - self.server.slots)

    def number(self, slots: Iterable[int]) -> int:
        """Return how many keys it has of some slots."""
        return sum(self.keys[slot] for slot in slots)


def places(servers: Iterable[CountedServer]) -> list[dict[str, Any]]:
    """Return a row a server: the slots it holds, and those that are elsewhere and have left keys behind there.

    Of a server that does not answer, what keys it has is not known.
    """
    rows = []
    for counted in servers:
        server, answers = counted.server, counted.server.problem is None
        rows.append(
            {
                "server": server.address,
                "state": _state(server),
                "slots": list(server.slots),
                "keys": counted.number(server.slots) if answers else None,
                "moving": list(server.moving),
                "left_behind": counted.left_behind if answers else None,
            }
        )
    return rows


def _state(server: ServerSlots) -> str:
    if server.problem is not None:
        return "does not answer"
    return "configured" if server.configured else "not configured"


def plan(servers: Sequence[CountedServer], moves: Sequence[Move]) -> pl.DataFrame:
    """Return a row a server: what it holds before the moves and after them, and its memory before."""
    keys = {(counted.server.address, slot): counted.keys[slot] for counted in servers for slot in counted.server.slots}
    rows = []
    for counted in servers:
        address, slots = counted.server.address, counted.server.slots
        away = [move.slot for move in moves if move.source == address]
        coming = [move for move in moves if move.target == address]
        own, arrive = counted.number(slots), sum(keys[move.source, move.slot] for move in coming)
        after = len(slots) - len(away) + len(coming), own - counted.number(away) + arrive
        rows.append((address, len(slots), after[0], own, after[1], counted.used, counted.limit))
    return pl.DataFrame(rows, schema=_PLAN, orient="row")
