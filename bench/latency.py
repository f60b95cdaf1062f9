"""From the moment an event is sent until a reader sees it, while the stream flows at a steady rate."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import numpy as np

from bench.log_writer import LogWriter
from bench.mode import Mode
from bench.stream import Batch
from bench.visible import Counted, Sent, Watcher, Written
from dealstream.pace import Pace
from dealstream.settings import Settings

PATIENCE_SECONDS = 120.0
"""From the last event on, until all must be visible."""
_POLL_SECONDS = 0.05


class InvisibleError(Exception):
    """Events were sent and can't be seen a long time after."""


@dataclass(frozen=True)
class Percentiles:
    """Milliseconds until what was watched was visible."""

    p50_ms: float
    p99_ms: float
    most_ms: float
    watched: int


@dataclass(frozen=True)
class Latency:
    """What readers of either store see at a rate; ``behind`` events were not visible yet when the last was sent."""

    asked_per_s: float
    sent_per_s: float
    behind: int
    counters: Percentiles | None
    rows: Percentiles | None


def at_rate(mode: Mode, settings: Settings, blocks: Iterable[Sequence[Batch]], rate: float) -> Latency:
    """Send batches at ``rate`` events a second, and return when all of them were seen.

    Those of a block, no two for the same partition, are sent together: sending takes of the machine what is measured.

    Raises:
        InvisibleError: that does not happen.

    """
    counted = Counted(settings) if mode.counts else None
    written = Written(settings) if mode.writes else None
    watchers: list[Watcher] = [watcher for watcher in (counted, written) if watcher]
    stopped = Event()
    threads = [Thread(target=watcher.watch, args=(stopped,), daemon=True) for watcher in watchers]
    for thread in threads:
        thread.start()
    try:
        begun = time.monotonic()
        events = _send(settings, blocks, rate, watchers)
        sent_per_s = events / (time.monotonic() - begun)
        behind = max(watcher.missing() for watcher in watchers)
        _await_all(watchers)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    return Latency(rate, sent_per_s, behind, _percentiles(counted), _percentiles(written))


def _send(settings: Settings, blocks: Iterable[Sequence[Batch]], rate: float, watchers: Sequence[Watcher]) -> int:
    """Send blocks one by one, so that the flow is even; return how many events they held."""
    writer = LogWriter(settings.tuning.kafka_brokers, settings.relevance.topic)
    pace, total = Pace(rate), 0
    for batches in blocks:
        at = time.monotonic()
        for batch, end in zip(batches, writer.send(batches), strict=True):
            total += batch.count
            for watcher in watchers:
                watcher.expect(Sent(at, batch.partition, end, batch.count, total, batch.last))
        pace.did(sum(batch.count for batch in batches))
    writer.close()
    return total


def _await_all(watchers: Sequence[Watcher]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while missing := max(watcher.missing() for watcher in watchers):
        for watcher in watchers:
            if watcher.error is not None:
                raise watcher.error
        if time.monotonic() > deadline:
            raise InvisibleError(f"{missing:,} events can't be seen {PATIENCE_SECONDS:.0f} s after the last was sent")
        time.sleep(_POLL_SECONDS)


def _percentiles(watcher: Watcher | None) -> Percentiles | None:
    if watcher is None:
        return None
    milliseconds = np.array(watcher.seconds) * 1000
    p50, p99 = np.percentile(milliseconds, (50, 99)).tolist()
    return Percentiles(p50, p99, float(milliseconds.max()), len(milliseconds))
