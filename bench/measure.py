"""One mode from the first event to the comparison of everything that was counted."""

import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench.deployed import Deployed
from bench.drain import Span, drain
from bench.exactness import Verdict, verdict
from bench.log_writer import LogWriter
from bench.mode import Mode
from bench.results import Result
from bench.stream import Stream
from bench.usage import BENCH, OTHERS
from dealstream.truth.truth import Truth

WARM_UP = 0.2
"""The part of the events in which the JVMs compile and caches fill; it is drained and compared, but not measured."""
MILLION, MB = 1e6, 2**20

TruthOf = Callable[[int], Truth]
"""Returns the truth about the first so many blocks of the stream."""


def measure(mode: Mode, stream: Stream, blocks: int, truth_of: TruthOf, folder: Path, console: Console) -> Result:
    """Drain the first ``blocks`` blocks of the stream, and compare."""
    deployed = Deployed(mode, folder)
    with deployed.there():
        events = preload(deployed, stream, blocks)
        console.print(f"{mode}: {events:,} events are on the log; draining ...")
        deployed.submit()
        span = drain(deployed.settings, deployed.components, int(WARM_UP * events), events)
        console.print(f"{mode}: {span.rate:,.0f} events/s; comparing ...")
        compared = verdict(mode, truth_of(blocks), deployed.settings)
    for difference in (compared.buckets + compared.users).differences:
        console.print(difference)
    return _result(mode, span, compared, len(deployed.settings.relevance.layout.cuboids))


def preload(deployed: Deployed, stream: Stream, blocks: int) -> int:
    """Put the first blocks of the stream on the log; return how many events they hold."""
    settings = deployed.settings
    writer = LogWriter(settings.tuning.kafka_brokers, settings.relevance.topic)
    events = 0
    for batches in stream.blocks(0, blocks):
        writer.send(batches)
        events += sum(batch.count for batch in batches)
    writer.close()
    return events


def _result(mode: Mode, span: Span, compared: Verdict, cuboids: int) -> Result:
    cpu = span.cpu
    own = {name: seconds * MILLION / span.events for name, seconds in cpu.items() if name not in (BENCH, OTHERS)}
    cores = len(os.sched_getaffinity(0))
    buckets, users = compared.buckets, compared.users
    return Result(
        mode=mode,
        events=span.events,
        seconds=span.seconds,
        events_per_s=span.rate,
        updates_per_s=span.rate * cuboids if mode.counts else 0.0,
        cells_per_s=span.rate if mode.writes else 0.0,
        cpu_s_per_million=own,
        cpu_total_s_per_million=sum(own.values()),
        cpu_of_others=cpu[OTHERS] / (span.seconds * cores),
        rss_mb={name: size / MB for name, size in span.end.usage.memory.items() if name in own},
        exact=compared.exact,
        compared=f"{buckets.equal:,} of {buckets.total:,} buckets, {users.equal:,} of {users.total:,} users",
    )
