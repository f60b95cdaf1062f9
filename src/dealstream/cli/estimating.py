"""The estimate of `dealstream plan` and `dealstream submit`: from files, or else from the configuration."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from dealstream.cli.failure import Failure
from dealstream.cli.files import opened
from dealstream.cli.progress import progress

if TYPE_CHECKING:
    from dealstream.domain.estimate import Estimate, Load
    from dealstream.domain.growth import Growth
    from dealstream.ndjson import Block
    from dealstream.settings import Settings

SAMPLE = 200_000
# what is assumed where there is no [budget]
RATE = 1000.0


@dataclass(frozen=True)
class Estimated:
    """An estimate, the load it is of, and of how many events its sample was; 0 is none."""

    estimate: "Estimate"
    load: "Load"
    sample: int


def estimated(
    settings: "Settings", tasks: int, files: Sequence[Path], limit: int = SAMPLE, rate: float | None = None
) -> Estimated:
    """Return the estimate for ``tasks`` bucket counters from the first ``limit`` events of ``files``.

    What [budget] does not say: no end of events (or as many as the sample has), `RATE` events a second.

    Raises:
        Failure: a file can't be read, or none has an event.

    """
    from dealstream.domain.budget import MAX_DEALS
    from dealstream.domain.estimate import Load, estimate
    from dealstream.domain.growth import Declared
    from dealstream.domain.sample import measure

    budget, tuning = settings.relevance.budget, settings.tuning
    declared = Declared(settings.relevance, budget.deals if budget else MAX_DEALS)
    growth: Growth = declared
    sample = 0
    if files:
        now_ms = time.time_ns() // 1_000_000
        lines = _events(files, settings, limit, now_ms)
        sample = len(lines)
        with progress("counting", sample) as passed:
            growth = measure(declared, lines, now_ms, passed)
    rate = rate or (budget.events_per_second if budget else RATE)
    window = max(1, min(tuning.counter_flush_events, rate / tasks * tuning.counter_flush_ms / 1000))
    load = Load(budget.events if budget else sample or inf, rate, window)
    return Estimated(estimate(settings.relevance, load, growth), load, sample)


def _events(files: Sequence[Path], settings: "Settings", limit: int, now_ms: int) -> list[bytes]:
    """Return the first ``limit`` lines that are events if they come at ``now_ms``; say how many before are none."""
    from dealstream.ndjson import BadLine, LineJudge

    judge, lines, bad = LineJudge(settings.relevance), list[bytes](), list[BadLine]()
    with progress("reading", limit) as passed:
        for block in _blocks(files):
            events = judge.judge(block, now_ms)
            passed(min(len(events.lines), limit - len(lines)))
            lines += events.lines
            bad += events.bad
            if len(lines) >= limit:
                break
    if bad:
        print(f"{len(bad):,} lines are no events and were left out; the first is {bad[0]}", file=sys.stderr)
    if not lines:
        raise Failure(f"{', '.join(map(str, files))}: no line is an event of {settings.relevance.name}", exit_code=2)
    return lines[:limit]


def _blocks(files: Sequence[Path]) -> Iterator["Block"]:
    from dealstream.ndjson import blocks

    for path in files:
        with opened(path) as file:
            yield from blocks(file, str(path))
