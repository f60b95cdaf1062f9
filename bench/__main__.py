"""`python -m bench`: how many events a second go through the real cluster, and whether every count is right."""

import json
import sys
from functools import lru_cache
from typing import Annotated

import typer
from rich.console import Console

from bench import results
from bench.deployed import RELEVANCE, Deployed
from bench.drain import StalledError, TooFewError
from bench.latency import InvisibleError
from bench.market import BLOCK, Kind
from bench.measure import blocks_needed, measure
from bench.mode import Mode
from bench.stream import made
from cluster.layout import CHECKOUT
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth
from harness.project import CommandError

FOLDER = CHECKOUT / "build" / "bench"
REPORT = CHECKOUT / "build" / "bench.json"
WIDTH = 120
SHARE = {Mode.COUNTERS: 1.0, Mode.HBASE: 0.5, Mode.BOTH: 0.5}
"""Of the events: HBase takes them at half the rate."""


def bench(
    events: Annotated[int, typer.Option(help="How many the counters drain; HBase drains half of them.")] = 12_000_000,
    market: Annotated[Kind, typer.Option(help="Which stream.")] = Kind.MARKET,
    modes: Annotated[list[Mode] | None, typer.Option("--mode", help="What to measure; all by default.")] = None,
    options: Annotated[list[str] | None, typer.Option("--option", "-o", help="KEY=JSON; see bench/tuning.py.")] = None,
) -> None:
    """Drain a generated stream through the cluster, once for each mode; fail if a count is off."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    wanted = {mode: max(1, int(SHARE[mode] * events / BLOCK)) for mode in modes or list(Mode)}
    over = {key: json.loads(value) for key, _, value in (option.partition("=") for option in options or ())}
    stream = made(market, max(map(blocks_needed, wanted.values())), FOLDER)
    relevance = load_relevance(RELEVANCE)

    @lru_cache(maxsize=1)
    def truth_of(blocks: int) -> Truth:
        return Truth.of(stream.texts(blocks), relevance)

    found = {}
    for mode, blocks in wanted.items():
        found[mode] = measure(Deployed.fresh(mode, FOLDER, over), stream, blocks, truth_of, console)
        report = {"market": market, **{str(mode): each.as_json() for mode, each in found.items()}}
        REPORT.write_text(json.dumps(report, indent=2) + "\n")
    for table in (results.rates(found), results.processes(found), results.latencies(found)):
        console.print(table)
        console.print()
    sys.exit(0 if all(each.exact for each in found.values()) else 1)


def main() -> None:
    """Run it; what keeps it from being done is told without a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    try:
        app()
    except (CommandError, InvisibleError, StalledError, TooFewError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
