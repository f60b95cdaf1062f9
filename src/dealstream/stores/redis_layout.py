"""How counts lie in Redis: what a layout has to be able to do. There are two: cube_strings and packed_hashes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dealstream.domain.cube import Cube
from dealstream.domain.flush import Plan
from dealstream.domain.ranges import Applied
from dealstream.domain.tile import Tile
from dealstream.stores.redis_placement import Group, Placement

# keys, and when they expire, in seconds since 1970
Expiring = Sequence[tuple[str, int]]


class CounterLayout(Protocol):
    """Adds the counts of a plan within a transaction, and reads them back."""

    def seen(self, have: Applied) -> None:
        """Take in what slots have counted, as read in the transaction that is to come."""

    def add(self, pipe: Any, plan: Plan) -> Expiring:  # noqa: ANN401 -- redis-py's pipeline is half typed
        """Queue the commands that add the counts, and those that tell keys when they expire; return these keys."""

    def added(self, pipe: Any, plan: Plan, told: Expiring, answers: Sequence[Any]) -> Sequence[str]:  # noqa: ANN401
        """Take what `add` returned and the answers to its commands, once all is done; return keys for `fold`."""

    def fold(self, placement: Placement, group: Group, keys: Sequence[str]) -> None:
        """Make what has grown compact; if somebody else changes it meanwhile, it is left for another time."""

    def read(
        self, placement: Placement, dimension: str, owners: Sequence[str], tiles: Sequence[Tile]
    ) -> Mapping[str, Cube]:
        """Return the cubes of these owners, each the sum over ``tiles``; owners without one are left out."""


def tell(pipe: Any, expiring: Expiring) -> None:  # noqa: ANN401
    """Queue the commands that tell keys when they expire; the first time holds."""
    for key, at in expiring:
        pipe.expireat(key, at, nx=True)
