"""What was lost and what was counted double, in sums over all buckets and all users' cells."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dealstream.cli import verify
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.tile import Tile
from dealstream.settings import Settings
from dealstream.truth.check import Actual, check
from dealstream.truth.compare import Comparison
from dealstream.truth.truth import Truth


@dataclass(frozen=True)
class Verdict:
    """How the counts compare with the truth; `lost` and `double` are sums of what is missing and of what is over."""

    buckets: Comparison
    users: Comparison
    lost: int
    double: int

    @property
    def exact(self) -> bool:
        """Whether every bucket and every user agrees."""
        return self.buckets.exact and self.users.exact


class Sums:
    """Compares as `dealstream verify` does, and sums up the differences by the way."""

    def __init__(self, truth: Truth, actual: Actual) -> None:
        self._truth = truth
        self._actual = actual
        self.lost = self.double = 0

    def verdict(self) -> Verdict:
        """Compare everything."""
        readers = Actual(self._buckets, self._actual.uniques, self._cells)
        buckets, users = check(self._truth, readers, time.time())
        return Verdict(buckets, users, self.lost, self.double)

    def _buckets(self, cuboid: Cuboid, tile: Tile) -> pl.DataFrame:
        return self._seen(lambda: self._truth.buckets(cuboid.dimensions, tile), self._actual.buckets(cuboid, tile))

    def _cells(self) -> pl.DataFrame:
        return self._seen(self._truth.cells, self._actual.cells())

    def _seen(self, expected: Callable[[], pl.DataFrame], counted: pl.DataFrame) -> pl.DataFrame:
        lost, double = differences(expected(), counted)
        self.lost += lost
        self.double += double
        return counted


def verdict(settings: Settings, events: Path) -> Verdict:
    """Compare what the stores hold with a file of events."""
    return Sums(Truth.of_files([events], settings.relevance), verify.actual(settings)).verdict()


def differences(expected: pl.DataFrame, counted: pl.DataFrame) -> tuple[int, int]:
    """Return the sums of what is missing and of what is over; a key that is absent counts 0."""
    keys = [name for name in expected.columns if name != "count"]
    both = pl.concat(
        [expected.select(*keys, -pl.col("count").cast(pl.Int64)), counted.select(*keys, pl.col("count").cast(pl.Int64))]
    )
    over = both.group_by(keys).agg(pl.col("count").sum())["count"]
    return -int(over.filter(over < 0).sum()), int(over.filter(over > 0).sum())
