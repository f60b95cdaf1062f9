"""How counts lie in Redis: what a layout has to be able to do. There are two: cube_strings and packed_hashes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dealstream.domain.cube import Cube
from dealstream.domain.expiry import Expiring
from dealstream.domain.flush import Plan
from dealstream.domain.tile import Tile
from dealstream.stores.redis_placement import Group, Placement


class CounterLayout(Protocol):
    """Adds the counts of a plan within a transaction, and reads them back."""

    def add(self, pipe: Any, plan: Plan) -> Sequence[Expiring]:  # noqa: ANN401 -- redis-py's pipeline is half typed
        """Queue the commands that add the counts; return those of the keys they write that expire."""

    def grown(self, plan: Plan, answers: Sequence[Any]) -> Sequence[str]:
        """Return the keys to `fold`, given the answers to the commands of `add` and what followed them."""

    def fold(self, placement: Placement, group: Group, keys: Sequence[str]) -> None:
        """Make what has grown compact; if somebody else changes it meanwhile, it is left for another time."""

    def look(self, pipe: Any, key: str) -> None:  # noqa: ANN401
        """Queue the command that reads what one key of a cube, or a part of one, holds."""

    def looked(self, answer: Any) -> bytes | None:  # noqa: ANN401
        """Return as a cube what `look` was answered; None if the key is not there."""

    def read(
        self, placement: Placement, dimension: str, owners: Sequence[str], tiles: Sequence[Tile]
    ) -> Mapping[str, Cube]:
        """Return the cubes of these owners, each the sum over ``tiles``; owners without one are left out."""
