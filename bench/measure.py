"""One mode from the first event to the comparison of everything that was counted."""

import os
import time
from collections.abc import Callable

from rich.console import Console

from bench.deployed import Deployed
from bench.drain import Span, await_end, drain
from bench.exactness import Verdict, verdict
from bench.latency import Latency, at_rate
from bench.log_writer import LogWriter
from bench.mode import Mode
from bench.results import Result
from bench.stream import Stream
from bench.usage import BENCH, OTHERS
from dealstream.truth.truth import Truth

RATES = {"half": 0.5, "full": 0.9}
"""At which parts of the rate of the drain latency is measured."""
LATENCY_PART = 0.2
"""How long each of them lasts, as a part of the drain."""
MILLION, MB = 1e6, 2**20

TruthOf = Callable[[int], Truth]
"""Returns the truth about the first so many blocks of the stream."""


def measure(deployed: Deployed, stream: Stream, blocks: int, truth_of: TruthOf, console: Console) -> Result:
    """Drain the first ``blocks`` blocks of the stream, send those after them at lower rates, and compare all."""
    mode = deployed.mode
    with deployed.there():
        events = preload(deployed, stream, blocks)
        console.print(f"{mode}: {events:,} events are on the log; draining ...")
        deployed.submit()
        span = drain(deployed.settings, deployed.components, events)
        console.print(f"{mode}: {span.rate:,.0f} events/s; now at {' and '.join(RATES)} rate ...")
        latencies, sent = _latencies(deployed, stream, blocks, span.rate)
        await_end(deployed.settings)
        console.print(f"{mode}: comparing ...")
        begun = time.monotonic()
        compared = verdict(mode, truth_of(sent), deployed.settings)
        console.print(f"{mode}: compared in {time.monotonic() - begun:.0f} s")
    for difference in (compared.buckets + compared.users).differences:
        console.print(difference)
    return _result(mode, span, latencies, compared, len(deployed.settings.relevance.layout.cuboids))


def _latencies(deployed: Deployed, stream: Stream, first: int, rate: float) -> tuple[dict[str, Latency], int]:
    """Return the latencies at each of `RATES`, and how many blocks of the stream were sent in all."""
    found, blocks = {}, first
    for name, share in RATES.items():
        more = _more(first, share)
        found[name] = at_rate(deployed.mode, deployed.settings, stream.blocks(blocks, blocks + more), share * rate)
        blocks += more
    return found, blocks


def blocks_needed(blocks: int) -> int:
    """Return how many blocks a stream must have of which `measure` drains the first ``blocks``."""
    return blocks + sum(_more(blocks, share) for share in RATES.values())


def _more(blocks: int, share: float) -> int:
    return max(1, round(LATENCY_PART * share * blocks))


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


def _result(mode: Mode, span: Span, latencies: dict[str, Latency], compared: Verdict, cuboids: int) -> Result:
    cpu = span.cpu
    own = {name: seconds * MILLION / span.events for name, seconds in cpu.items() if name not in (BENCH, OTHERS)}
    cores = len(os.sched_getaffinity(0))
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
        latency=latencies,
        exact=compared.exact,
        compared=compared.in_words,
    )
