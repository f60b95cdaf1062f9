"""What became of the stream's records: kept, duplicate or rejected, each record counted exactly once."""

from collections.abc import Iterable, Mapping

from dealstream.domain.flush import OUTCOMES, STREAM
from dealstream.stores.counters import Counters


def outcomes(counters: Counters, partitions: Iterable[int]) -> dict[str, int]:
    """Return how many records of these partitions had each outcome."""
    totals = dict.fromkeys(OUTCOMES, 0)
    names = list(OUTCOMES)
    for cube in counters.cubes(STREAM, [str(partition) for partition in partitions]).values():
        for id_, count in zip(cube.ids.tolist(), cube.counts.tolist(), strict=True):
            totals[names[id_]] += count
    return totals


def in_words(totals: Mapping[str, int]) -> str:
    """Return outcomes as people read them: ``100,000 kept, 20 duplicate, 0 rejected``."""
    return ", ".join(f"{count:,} {outcome}" for outcome, count in totals.items())
