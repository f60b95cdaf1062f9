"""`python -m bench.curve`: drains streams of few and of many deals, and draws what an event costs."""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.__main__ import FOLDER, WIDTH
from bench.curve.combined import combined
from bench.curve.picture import draw
from bench.deployed import RELEVANCE, Deployed
from bench.market import BLOCK, Kind
from bench.measure import blocks_needed, measure
from bench.mode import Mode
from bench.stream import made
from bench.tuning import OPTIONS
from cluster.layout import CHECKOUT
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth

DEALS = (1_000, 10_000, 100_000, 1_000_000)
REPORT = CHECKOUT / "build" / "bench-curve.json"
PICTURE = CHECKOUT / "docs" / "bench" / "deals.png"


@dataclass(frozen=True)
class Point:
    """What counting costs at a number of deals.

    ``cpu`` is in processor seconds a million events, ``cpu_counting`` the part of the counter and Redis; ``entries``
    and ``appends``, that carry them, are what a window leaves of each event.
    """

    deals: int
    events_per_s: float
    cpu: float
    cpu_counting: float
    entries: float
    appends: float
    exact: bool


def point(deals: int, events: int, console: Console) -> Point:
    """Drain a stream of so many deals."""
    relevance, blocks = load_relevance(RELEVANCE), events // BLOCK
    stream = made(Kind.MARKET, blocks_needed(blocks), FOLDER, deals)
    deployed = Deployed.fresh(Mode.COUNTERS, FOLDER)
    found = measure(deployed, stream, blocks, lambda sent: Truth.of(stream.texts(sent), relevance), console)
    window = int(OPTIONS["dealstream.counter.flush.events"]) // BLOCK
    counting = sum(found.cpu_s_per_million[name] for name in ("counter", "redis-1", "redis-2"))
    left = combined(stream, relevance, window)
    return Point(deals, found.events_per_s, found.cpu_total_s_per_million, counting, *left, found.exact)


def curve(
    events: Annotated[int, typer.Option(help="How many are drained of each stream.")] = 3_000_000,
) -> None:
    """Draw the curve; fail if a count is off."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    points = [point(deals, events, console) for deals in DEALS]
    REPORT.write_text(json.dumps([asdict(each) for each in points], indent=2) + "\n")
    draw([(each.deals, each.cpu, each.cpu_counting, each.entries) for each in points], PICTURE)
    console.print(_table(points))
    sys.exit(0 if all(each.exact for each in points) else 1)


def _table(points: list[Point]) -> Table:
    table = Table(title="counting, over the number of deals", title_justify="left", box=None)
    for column in ("deals", "events/s", "CPU s/million", "of it counting", "entries an event", "APPENDs", "exact"):
        table.add_column(column, justify="right")
    for each in points:
        figures = (f"{each.deals:,}", f"{each.events_per_s:,.0f}", f"{each.cpu:.1f}", f"{each.cpu_counting:.1f}")
        table.add_row(*figures, f"{each.entries:.1f}", f"{each.appends:.3f}", "yes" if each.exact else "NO")
    return table


if __name__ == "__main__":
    typer.run(curve)
