"""Counts against counts: what differs, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

LISTED = 20


@dataclass(frozen=True)
class Comparison:
    """How many buckets (or users) there are on either side, how many agree, and the first differences as sentences."""

    total: int
    equal: int
    differences: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether everything agrees."""
        return self.equal == self.total

    def __add__(self, other: "Comparison") -> "Comparison":
        """Return both in one, with no more than the first 20 differences."""
        differences = (*self.differences, *other.differences)[:LISTED]
        return Comparison(self.total + other.total, self.equal + other.equal, differences)


NOTHING = Comparison(0, 0)


def compare(expected: pl.DataFrame, actual: pl.DataFrame) -> Comparison:
    """Compare two frames of the same columns: keys as text and a ``count``.

    A key that is absent counts 0; keys that occur several times are summed. With a column ``type``, a bucket is all
    types of the same other keys: it agrees when the counts of all its types do.
    """
    keys = [name for name in expected.columns if name != "count"]
    cell = [name for name in keys if name != "type"]
    joined = (
        _summed(expected, keys, "expected")
        .join(_summed(actual, keys, "counted"), on=keys, how="full", coalesce=True)
        .with_columns(pl.col("expected", "counted").fill_null(0))
        .collect()
    )
    wrong = joined.filter(pl.col("expected") != pl.col("counted"))
    total = joined.select(cell).n_unique()
    differences = tuple(_sentence(row, keys) for row in wrong.sort(keys).head(LISTED).iter_rows(named=True))
    return Comparison(total, total - wrong.select(cell).n_unique(), differences)


def _summed(counts: pl.DataFrame, keys: Sequence[str], name: str) -> pl.LazyFrame:
    total = pl.col("count").cast(pl.Int64).sum().alias(name)
    return counts.lazy().group_by(keys).agg(total).filter(pl.col(name) != 0)


def _sentence(row: dict[str, object], keys: Sequence[str]) -> str:
    place = " ".join(f"{key}={row[key]}" for key in keys)
    return f"{place}: expected {row['expected']:,}, counted {row['counted']:,}"
