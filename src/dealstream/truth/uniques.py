"""Estimated numbers of unique users against exact ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

# of Redis' HyperLogLog: 1.04 / sqrt(16384)
STANDARD_ERROR = 0.0081
# a set further off than this is no bad luck: six times the standard error
TOLERANCE = 0.05
# of small sets the error is a user or two, and says nothing as a rate
JUDGED_FROM = 1000


@dataclass(frozen=True)
class Uniques:
    """How many sets of users there are, and the errors (a rate) of those of `JUDGED_FROM` users or more."""

    sets: int = 0
    errors: tuple[float, ...] = ()

    def __add__(self, other: "Uniques") -> "Uniques":
        """Return both in one."""
        return Uniques(self.sets + other.sets, self.errors + other.errors)

    @property
    def credible(self) -> bool:
        """Whether every error is within the tolerance."""
        return max(self.errors, default=0.0) <= TOLERANCE

    def __str__(self) -> str:
        """Say it in a sentence."""
        if not self.errors:
            return f"unique users: {self.sets:,} sets, none of {JUDGED_FROM:,} users or more"
        mean = sum(self.errors) / len(self.errors)
        return (
            f"unique users: {self.sets:,} sets; of {len(self.errors):,} with {JUDGED_FROM:,} users or more the error is"
            f" {mean:.2%} on average, {max(self.errors):.2%} at most"
        )


def judge(expected: pl.DataFrame, estimated: pl.DataFrame) -> Uniques:
    """Compare two frames of the same keys with ``users``; a key that is absent has none."""
    keys: Sequence[str] = [name for name in expected.columns if name != "users"]
    both = expected.join(estimated.rename({"users": "estimate"}), on=keys, how="full", coalesce=True).fill_null(0)
    large = both.filter(pl.col("users") >= JUDGED_FROM)
    errors = ((large["estimate"] - large["users"]).abs() / large["users"]).to_list()
    return Uniques(len(both), tuple(errors))
