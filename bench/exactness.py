"""Whether a drain counts: every bucket and every user's cells against the truth, computed from the events alone."""

import time
from dataclasses import dataclass, replace

from bench.mode import Mode
from dealstream.cli.verify import actual
from dealstream.settings import Settings
from dealstream.truth.check import check, nobody
from dealstream.truth.compare import NOTHING, Comparison, compare
from dealstream.truth.truth import Truth


@dataclass(frozen=True)
class Verdict:
    """How what a mode counts and writes compares with the truth."""

    buckets: Comparison
    users: Comparison

    @property
    def exact(self) -> bool:
        """Whether everything agrees."""
        return self.buckets.exact and self.users.exact

    @property
    def in_words(self) -> str:
        """How much of how much agrees."""
        buckets, users = self.buckets, self.users
        return f"{buckets.equal:,} of {buckets.total:,} buckets, {users.equal:,} of {users.total:,} users"


def verdict(mode: Mode, truth: Truth, settings: Settings) -> Verdict:
    """Compare what ``mode`` has to count and to write."""
    found = actual(settings)
    match mode:
        case Mode.BOTH:
            return Verdict(*check(truth, found, time.time()))
        case Mode.COUNTERS:
            buckets, _ = check(truth, replace(found, cells=truth.cells, erased=nobody), time.time())
            return Verdict(buckets, NOTHING)
        case Mode.HBASE:
            return Verdict(NOTHING, compare(truth.cells(), found.cells()))
