"""`python -m bench.memory`: what a counter takes under load, beside two other ways to keep it."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import polars as pl
import typer

from bench.memory.load import PROCESSES, WrongCountsError
from bench.memory.run import CUBES, NAIVE, Result, Size, run
from cluster.layout import CHECKOUT
from cluster.state import ServiceError
from dealstream.cli.tables import show

OUTPUT = CHECKOUT / "build" / "bench-memory.json"


def memory(
    counters: Annotated[int, typer.Option(help="How many there must be, at least.", min=1)] = 10_000_000,
    deals: Annotated[int, typer.Option(help="How many deals get all the events.", min=40)] = 20_000,
    users: Annotated[int, typer.Option(help="How many users cause them.", min=1)] = 1_000_000,
    window: Annotated[int, typer.Option(help="How many events are flushed together.", min=1)] = 50_000,
    seed: Annotated[int, typer.Option(help="Of the events.")] = 1,
    output: Annotated[Path, typer.Option(help="Where the figures go, as JSON.")] = OUTPUT,
) -> None:
    """Fill counters on Redis servers of its own, and measure what they take while the load goes on."""
    size = Size(counters, deals, users, window, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bench-memory-", dir=output.parent) as folder:
        result = run(size, Path(folder))
    rows = table(result)
    output.write_text(json.dumps(document(size, result, rows), indent=2) + "\n")
    show(rows)
    print(in_words(result, rows))


def table(result: Result) -> pl.DataFrame:
    """Return a row a layout."""
    taken = {each.layout: each for each in result.taken}
    naive = taken[NAIVE].used / taken[NAIVE].counters
    return pl.DataFrame(
        [
            {
                "layout": each.layout,
                "counters": each.counters,
                "used_bytes": round(each.used),
                "bytes_per_counter": each.used / each.counters,
                "at_most": each.most / each.counters,
                "times_smaller": naive / (each.used / each.counters),
            }
            for each in result.taken
        ]
    )


def document(size: Size, result: Result, rows: pl.DataFrame) -> dict[str, object]:
    """Return everything as JSON has it."""
    load = {"events": sum(each.events for each in result.flushed), "seconds": result.seconds, **_costs(result)}
    return {
        "size": asdict(size),
        "redis": result.redis,
        "cpus": os.cpu_count(),
        "events": result.events,
        "load": load,
        "layouts": rows.to_dicts(),
    }


def in_words(result: Result, rows: pl.DataFrame) -> str:
    """Return what was measured, in two lines."""
    (cubes,) = rows.filter(pl.col("layout") == CUBES).to_dicts()
    events, costs = sum(each.events for each in result.flushed), _costs(result)
    return (
        f"load: {events / result.seconds:,.0f} events a second by {PROCESSES} processes, each event in"
        f" {costs['cpu_us_per_event']:.1f} us of their CPU, {costs['folding_us_per_event']:.2f} us of it folding\n"
        f"cubes: {cubes['bytes_per_counter']:.1f} bytes a counter under load, {cubes['at_most']:.1f} at most;"
        f" {cubes['times_smaller']:.0f} times less than a key each"
    )


def _costs(result: Result) -> dict[str, float]:
    events = sum(each.events for each in result.flushed)
    return {
        "cpu_us_per_event": sum(each.cpu_s for each in result.flushed) / events * 1e6,
        "folding_us_per_event": sum(each.folding_s for each in result.flushed) / events * 1e6,
    }


def main() -> None:
    """Run it; what keeps it from being done is told without a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(memory)
    try:
        app()
    except (ServiceError, WrongCountsError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
