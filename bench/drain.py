"""Waiting while a topology drains its topic, and what it used on the way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.usage import Usage, look
from dealstream.settings import Settings
from dealstream.stores.open import open_log
from harness.components import Components

WARM, COOL = 0.2, 0.95
"""Between these parts of the events it is measured: before, JVMs compile and caches fill; after, the spout is done."""
PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.1


class StalledError(Exception):
    """Nothing was acked for a long time."""


class TooFewError(Exception):
    """All was drained before anything could be seen."""


@dataclass(frozen=True)
class Mark:
    """How many events were acked in order and committed at a moment, and what was used until then."""

    at: float
    events: int
    usage: Usage


@dataclass(frozen=True)
class Span:
    """What happened between two marks."""

    start: Mark
    end: Mark

    @property
    def events(self) -> int:
        """How many were drained."""
        return self.end.events - self.start.events

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end.at - self.start.at

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu(self) -> dict[str, float]:
        """Processor seconds by process."""
        return self.end.usage.since(self.start.usage)


def drain(settings: Settings, components: Components, events: int) -> Span:
    """Wait until ``events`` events are drained, all that there are; return the span in which all is in full flow.

    Raises:
        StalledError: there is no progress.
        TooFewError: all was drained too fast to be measured.

    """
    marks = []
    for acked in _acked(settings):
        marks.append(Mark(time.monotonic(), acked, look(components)))
        if acked >= events:
            break
    flowing = [mark for mark in marks if WARM * events <= mark.events <= COOL * events]
    if not flowing or flowing[0] is flowing[-1]:
        raise TooFewError(f"{events:,} events are too few: they were drained at {len(marks)} looks")
    return Span(flowing[0], flowing[-1])


def await_end(settings: Settings) -> None:
    """Return when all that is on the log is acked and committed: a reader may have seen the last events before that.

    Raises:
        StalledError: there is no progress.

    """
    log = open_log(settings)
    end = sum(end for _, end in log.bounds(log.partitions()).values())
    for acked in _acked(settings):
        if acked >= end:
            return


def _acked(settings: Settings) -> Iterator[int]:
    """Yield how many events are acked and committed, each time that there are more."""
    log = open_log(settings)
    partitions = log.partitions()
    last, moved = 0, time.monotonic()
    while time.monotonic() - moved < PATIENCE_SECONDS:
        events = sum(offset or 0 for offset in log.committed(partitions).values())
        if events > last:
            last, moved = events, time.monotonic()
            yield events
        time.sleep(_POLL_SECONDS)
    raise StalledError(f"{last:,} events are drained, and no more in {PATIENCE_SECONDS:.0f} s")
