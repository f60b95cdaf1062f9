"""Waiting while a topology drains its topic, and what it used on the way."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.usage import Usage, look
from dealstream.settings import Settings
from dealstream.stores.open import open_log
from tests.chaos.components import Components

PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.2


class StalledError(Exception):
    """Nothing was acked for a long time."""


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


def drain(settings: Settings, components: Components, warm: int, end: int) -> Span:
    """Wait until ``end`` events are drained; return the span that begins when ``warm`` were.

    Raises:
        StalledError: there is no progress.

    """
    start = None
    for mark in _marks(settings, components):
        if start is None and mark.events >= warm:
            start = mark
        if mark.events >= end:
            break
    if start is None or start is mark:
        raise StalledError("all was drained between two looks: measure more events")
    return Span(start, mark)


def _marks(settings: Settings, components: Components) -> Iterator[Mark]:
    """Yield a mark whenever something was committed."""
    log = open_log(settings)
    partitions = log.partitions()
    last, moved = 0, time.monotonic()
    while time.monotonic() - moved < PATIENCE_SECONDS:
        events = sum(offset or 0 for offset in log.committed(partitions).values())
        if events > last:
            last, moved = events, time.monotonic()
            yield Mark(moved, events, look(components))
        time.sleep(_POLL_SECONDS)
    raise StalledError(f"{last:,} events are drained, and no more in {PATIENCE_SECONDS:.0f} s")
