"""Everything that was counted against the truth: each cuboid in each tile, each user, each set of unique users."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

import polars as pl

from dealstream.domain.cuboid import Cuboid
from dealstream.domain.tile import Tile
from dealstream.truth.compare import NOTHING, Comparison, compare, compare_users
from dealstream.truth.truth import Truth
from dealstream.truth.uniques import Uniques, judge

# how long the comparison may take, so that nothing expires under it
GRACE_S = 600


def nobody() -> pl.DataFrame:
    """Return no user."""
    return pl.DataFrame(schema={"user": pl.String})


@dataclass(frozen=True)
class Actual:
    """Readers of what was counted. They are asked for the cuboids of one owner and tile after another.

    ``buckets`` returns the dimensions and ``type`` as text, with ``count``. ``uniques`` returns ``users`` instead, of
    the buckets that are in a frame. ``cells`` returns ``user`` and ``count`` of every user. ``erased`` returns ``user``
    of those that were erased, once or several times.
    """

    buckets: Callable[[Cuboid, Tile], pl.DataFrame]
    uniques: Callable[[Cuboid, Tile, pl.DataFrame], pl.DataFrame]
    cells: Callable[[], pl.DataFrame]
    erased: Callable[[], pl.DataFrame] = nobody


def check(truth: Truth, actual: Actual, now_s: float) -> tuple[Comparison, Comparison]:
    """Compare all cuboids in all tiles that are kept at ``now_s`` (seconds since 1970), then all users.

    Users that were erased are left out. Which of their events are gone is a matter of offsets (see domain/erasure), and
    the truth has none: of what such a user did since, nothing is said either. Counts are not erased.
    """
    buckets = NOTHING
    for cuboid, tile in _kept(truth, now_s):
        buckets += compare(truth.buckets(cuboid.dimensions, tile), actual.buckets(cuboid, tile))
    # in this order: an erasure meanwhile has put its tombstone before it takes cells
    cells = actual.cells()
    return buckets, compare_users(truth.cells(), cells, actual.erased())


def check_uniques(truth: Truth, actual: Actual, now_s: float) -> Uniques:
    """Compare the numbers of unique users, which are estimates, where they are counted."""
    found = Uniques()
    for cuboid, tile in _kept(truth, now_s):
        if cuboid.spec.users:
            expected = truth.users(cuboid.dimensions, tile)
            found += judge(expected, actual.uniques(cuboid, tile, expected))
    return found


def _kept(truth: Truth, now_s: float) -> Iterator[tuple[Cuboid, Tile]]:
    """Yield the cuboids of an owner in a tile, for each owner and each tile that will not be gone within minutes."""
    layout = truth.relevance.layout
    for owner in layout.owners:
        for grain in layout.grains(owner):
            for tile in truth.tiles(grain):
                if (truth.relevance.expires_at(tile) or inf) > now_s + GRACE_S:
                    yield from ((cuboid, tile) for cuboid in layout.of_owner(owner, grain))
