"""How many buckets so many events make, as far as the configuration alone tells."""

import math
from dataclasses import dataclass
from typing import Protocol

from dealstream.domain.budget import MAX_DEALS
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.relevance import DEAL, Relevance


class Growth(Protocol):
    """How what is counted grows with the number of events; ``events`` may be infinite."""

    def buckets(self, cuboid: Cuboid, events: float) -> float:
        """Return how many buckets of a cuboid, types told apart, ``events`` events fall into."""

    def owners(self, dimension: str, events: float) -> float:
        """Return how many values of an owner dimension ``events`` events have."""

    def visits(self, cuboid: Cuboid, events: float) -> float:
        """Return how many different pairs of bucket and user ``events`` events make."""


@dataclass(frozen=True)
class Declared:
    """The most that can be: every combination of the values that the configuration allows, or a new one an event.

    The capacity of an open dimension is taken for the number of its values, ``deals`` for that of the deal.
    """

    relevance: Relevance
    deals: int = MAX_DEALS

    def buckets(self, cuboid: Cuboid, events: float) -> float:
        """Return the product of the sizes of its dimensions and the number of types, at most one bucket an event."""
        return min(events, math.prod(map(self._size, cuboid.dimensions)) * cuboid.types)

    def owners(self, dimension: str, events: float) -> float:
        """Return the size of the dimension, at most one owner an event."""
        return min(events, self._size(dimension))

    def visits(self, cuboid: Cuboid, events: float) -> float:
        """Return one visit an event."""
        return events

    def _size(self, name: str) -> int:
        size = self.relevance.dimensions[name].size
        return min(self.deals, size) if name == DEAL else size
