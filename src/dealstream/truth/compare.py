"""Counts against counts: what differs, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

LISTED = 20


@dataclass(frozen=True)
class Comparison:
    """How many buckets (or users) there are on either side, how many agree, and the first differences as sentences.

    ``left_out`` are further ones, which were not compared.
    """

    total: int
    equal: int
    differences: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def exact(self) -> bool:
        """Whether everything agrees."""
        return self.equal == self.total

    def __add__(self, other: "Comparison") -> "Comparison":
        """Return both in one, with no more than the first 20 differences."""
        differences = (*self.differences, *other.differences)[:LISTED]
        left_out = self.left_out + other.left_out
        return Comparison(self.total + other.total, self.equal + other.equal, differences, left_out)


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


def compare_users(expected: pl.DataFrame, actual: pl.DataFrame, erased: pl.DataFrame) -> Comparison:
    """Compare two frames of ``user`` and ``count``, less those users that are in the column ``user`` of ``erased``."""
    others = [frame.join(erased, on="user", how="anti") for frame in (expected, actual)]
    theirs = [frame.join(erased, on="user", how="semi")["user"] for frame in (expected, actual)]
    return replace(compare(*others), left_out=pl.concat(theirs).n_unique())


def _summed(counts: pl.DataFrame, keys: Sequence[str], name: str) -> pl.LazyFrame:
    total = pl.col("count").cast(pl.Int64).sum().alias(name)
    return counts.lazy().group_by(keys).agg(total).filter(pl.col(name) != 0)


def _sentence(row: dict[str, object], keys: Sequence[str]) -> str:
    place = " ".join(f"{key}={row[key]}" for key in keys)
    return f"{place}: expected {row['expected']:,}, counted {row['counted']:,}"
