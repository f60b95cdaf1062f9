"""`python -m bench.reshard`: a third Redis server while events flow. What waits, and are counts exact."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench import tuning
from bench.deployed import Deployed
from bench.drain import await_end
from bench.exactness import verdict
from bench.latency import Latency, at_rate
from bench.market import BLOCK, Kind
from bench.measure import preload
from bench.memory.servers import running
from bench.mode import Mode
from bench.stream import Batch, Stream, made
from cluster.layout import CHECKOUT
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth

FOLDER = CHECKOUT / "build" / "bench"
CALM_SECONDS = 20
MOVING_SECONDS = 150
"""For so long there are events at most; a deployment's command may take little longer."""
SERVERS = "dealstream.redis.servers"
WIDTH = 120


@dataclass
class Flow:
    """The blocks of a stream, one after another; knows how many were taken."""

    stream: Stream
    taken: int = field(default=0)

    def batches(self, enough: Callable[[int], bool]) -> Iterator[list[Batch]]:
        """Yield the batches of further blocks one by one, for few come in a second, until there are enough blocks."""
        for number in count():
            if enough(number):
                return
            for block in self.stream.blocks(self.taken, self.taken + 1):
                self.taken += 1
                yield from ([batch] for batch in block)


def reshard(
    events: Annotated[int, typer.Option(help="How many are counted before anything moves.")] = 1_500_000,
    rate: Annotated[int, typer.Option(help="How many a second come while slots move.")] = 10_000,
) -> None:
    """Count on two Redis servers, then move slots to a third while events flow; fail if a count is off."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    before = events // BLOCK
    flow = Flow(made(Kind.MARKET, before + (CALM_SECONDS + MOVING_SECONDS) * rate // BLOCK, FOLDER))
    with TemporaryDirectory() as folder, running(Path(folder), 3) as servers:
        deployed = Deployed.fresh(Mode.BOTH, FOLDER, {SERVERS: servers.addresses[:2]})
        with deployed.there():
            console.print(f"{preload(deployed, flow.stream, before):,} events are on the log; counting ...")
            flow.taken = before
            deployed.submit()
            await_end(deployed.settings)
            seen = {"before": _flow(deployed, flow, rate, lambda number: number * BLOCK >= CALM_SECONDS * rate)}
            config = tuning.config(Mode.BOTH, {SERVERS: servers.addresses})
            deployed.project.configure(config)
            with ThreadPoolExecutor(1) as other:
                moving = other.submit(deployed.project.run, "dealstream", "reshard", "--yes")
                seen["while slots move"] = _flow(deployed, flow, rate, lambda number: moving.done())
            console.print(moving.result().strip())
            await_end(deployed.settings)
            texts = flow.stream.texts(flow.taken)
            compared = verdict(
                deployed.mode, Truth.of(texts, load_relevance(deployed.project.relevance)), deployed.settings
            )
    console.print(_table(seen))
    for difference in (compared.buckets + compared.users).differences:
        console.print(difference)
    console.print(f"{'exact' if compared.exact else 'NOT EXACT'}: {compared.in_words}")
    sys.exit(0 if compared.exact else 1)


def _flow(deployed: Deployed, flow: Flow, rate: float, enough: Callable[[int], bool]) -> Latency:
    return at_rate(deployed.mode, deployed.settings, flow.batches(enough), rate)


def _table(seen: dict[str, Latency]) -> Table:
    table = Table(title="milliseconds until an event is counted in all slots", title_justify="left", box=None)
    for column in ("", "sent/s", "p50", "p99", "most"):
        table.add_column(column, justify="right")
    for name, found in seen.items():
        assert found.counters is not None
        figures = (found.sent_per_s, found.counters.p50_ms, found.counters.p99_ms, found.counters.most_ms)
        table.add_row(name, *(f"{figure:,.0f}" for figure in figures))
    return table


if __name__ == "__main__":
    typer.run(reshard)
