"""Whether memory stays flat: samples of each process name, and how far the last ones are from the first.

A component that is killed every minute is young most of the time, and a process grows while it warms up. So what is
compared is what its processes grow to: the 90th percentile of the samples of each part.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles

FIRST = (0.4, 0.6)
LAST = (0.8, 1.0)
"""Parts of the run that are compared. The first begins when everything is warm and the dedup window is full, which
takes five minutes at 5,000 events a second. In both the stream reads minutes again that an old dump did not know (see
`schedule.py`): a spout then holds as many batches as may be pending, and that is its most."""


@dataclass(frozen=True)
class Growth:
    """90th percentiles of the resident bytes of a component, early and late, and the most it ever had."""

    name: str
    first: float
    last: float
    most: int

    @property
    def percent(self) -> float:
        """By how much it has grown."""
        return 100 * (self.last - self.first) / self.first


class Memory:
    """Samples of resident memory; several processes of one name are samples of that name each."""

    def __init__(self) -> None:
        self.samples: dict[str, list[tuple[float, int]]] = defaultdict(list)

    def add(self, now: float, processes: Iterable[tuple[str, int]]) -> None:
        """Take in the resident bytes of processes; 0 is one that has just ended."""
        for name, size in processes:
            if size:
                self.samples[name].append((now, size))

    def growth(self, duration: float) -> list[Growth]:
        """Compare two parts of a run; components that lack samples in one are left out."""
        found = []
        for name, samples in self.samples.items():
            first, last = (_within(samples, part, duration) for part in (FIRST, LAST))
            if first and last:
                found.append(Growth(name, _grown_up(first), _grown_up(last), max(size for _, size in samples)))
        return sorted(found, key=lambda growth: growth.name)


def _grown_up(sizes: list[int]) -> float:
    return quantiles(sizes, n=10, method="inclusive")[-1] if len(sizes) > 1 else sizes[0]


def _within(samples: list[tuple[float, int]], part: tuple[float, float], duration: float) -> list[int]:
    start, end = (edge * duration for edge in part)
    return [size for at, size in samples if start <= at <= end]
