"""Counts against the truth: how many buckets are exact, and by how much the others are off."""

from dataclasses import dataclass

import polars as pl

from bench.peers.contender import Counts
from dealstream.truth.truth import Truth


@dataclass(frozen=True)
class Tally:
    """How many buckets there are, one an event type, and how many of them count too much or too little.

    ``total`` is the sum of what all should count; ``excess`` and ``lack`` are the sums of what they are off by.
    """

    buckets: int = 0
    total: int = 0
    high: int = 0
    low: int = 0
    excess: int = 0
    lack: int = 0

    @property
    def exact(self) -> bool:
        """Whether every bucket is right."""
        return not self.high and not self.low

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.buckets + other.buckets,
            self.total + other.total,
            self.high + other.high,
            self.low + other.low,
            self.excess + other.excess,
            self.lack + other.lack,
        )

    def __str__(self) -> str:
        if self.exact:
            return f"all {self.buckets:,}"
        off = [f"{self.excess / self.total:.2%} too much in {self.high:,}"] if self.high else []
        off += [f"{self.lack / self.total:.2%} too little in {self.low:,}"] if self.low else []
        return ", ".join(off)


def tally(truth: Truth, counts: Counts) -> Tally:
    """Compare every bucket of every cuboid; one that is absent counts 0."""
    cuboids = truth.relevance.layout.cuboids
    return sum((_compare(truth.buckets(cuboid.dimensions), counts(cuboid)) for cuboid in cuboids), Tally())


def _compare(expected: pl.DataFrame, counted: pl.DataFrame) -> Tally:
    keys = [name for name in expected.columns if name != "count"]
    both = expected.join(counted, on=keys, how="full", coalesce=True, suffix="_counted").fill_null(0)
    off = both["count_counted"].cast(pl.Int64) - both["count"].cast(pl.Int64)
    high, low = off.filter(off > 0), off.filter(off < 0)
    return Tally(len(both), int(both["count"].sum()), len(high), len(low), int(high.sum()), -int(low.sum()))
