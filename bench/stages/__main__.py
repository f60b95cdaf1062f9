"""`python -m bench.stages`: processor microseconds an event of each stage, alone and on warm servers."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bench.__main__ import FOLDER, WIDTH
from bench.deployed import Deployed
from bench.market import BLOCK, Kind
from bench.measure import preload
from bench.mode import Mode
from bench.stages import counter, dedup, java, spout, wire, writer
from bench.stages.costs import Costs
from bench.stream import Stream, made
from cluster.layout import CHECKOUT
from cluster.process import Process
from harness.project import CommandError
from harness.stage import private_redis

REPORT = CHECKOUT / "build" / "bench-stages.json"


def stages(
    events: Annotated[int, typer.Option(help="How many go through each stage.")] = 400_000,
    market: Annotated[Kind, typer.Option(help="Which stream.")] = Kind.MARKET,
) -> None:
    """Send events through one stage after the other, and print what each of them costs."""
    stream = made(market, blocks := -(-events // BLOCK), FOLDER)
    deployed = Deployed.fresh(Mode.BOTH, FOLDER)
    with deployed.there(), TemporaryDirectory(dir=FOLDER) as folder:
        costs = measured(deployed, stream, blocks, Path(folder))
    REPORT.write_text(json.dumps(as_json(costs), indent=2) + "\n")
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH).print(table(costs))


def measured(deployed: Deployed, stream: Stream, blocks: int, folder: Path) -> Costs:
    """Send the first blocks of a stream through each stage of a deployment whose topics and tables are there."""
    costs = Costs(preload(deployed, stream, blocks))
    settings, kafka, hbase = deployed.settings, _process(deployed, "kafka"), _process(deployed, "hbase")
    batches = spout.cut(spout.consume(settings, costs, kafka), settings.tuning, costs)
    messages = list(spout.packed(batches, costs))
    wire.hop(messages, "spout", "dedup", costs)
    judged = dedup.dedup(messages, settings, costs)
    letters = [[*message, each.letters] for message, each in zip(messages, judged, strict=True)]
    codes = [each.coded for each in judged]
    wire.hop(letters, "dedup", "writer", costs)
    wire.hop(codes, "dedup", "counter", costs)
    wire.storm({"events": letters, "codes": codes}, folder, costs)
    with private_redis(folder / "redis", {}) as stage:
        servers = [stage.redis(name) for name in ("redis-1", "redis-2")]
        addresses = tuple(f"127.0.0.1:{server.port}" for server in servers)
        here = msgspec.structs.replace(settings.tuning, redis_servers=addresses)
        entries = counter.count(judged, replace(settings, tuning=here), servers, costs)
        counter.hincrby(servers[0], entries, costs)
    flushes = writer.mapped(messages, judged, settings, costs)
    writer.write(flushes, settings, hbase, costs)
    writer.write_natively(flushes, settings, hbase, folder, costs)
    spout.consume_natively(settings, kafka, folder, costs)
    return costs


def _process(deployed: Deployed, name: str) -> Process:
    process = deployed.components.find(name)
    assert process is not None, f"{name} does not run"
    return process


def as_json(costs: Costs) -> dict[str, Any]:
    """Return microseconds an event."""
    found = [
        {
            "process": cost.process,
            "stage": cost.stage,
            "us_per_event": round(costs.us(cost.seconds), 3),
            "floor": cost.floor or None,
            "floor_us_per_event": None if cost.floor_seconds is None else round(costs.us(cost.floor_seconds), 3),
        }
        for cost in costs.all()
    ]
    return {"events": costs.events, "stages": found}


def table(costs: Costs) -> Table:
    """Return a line for each stage, and a sum for each process."""
    found = Table(title=f"CPU us an event, of {costs.events:,} events", title_justify="left", box=None, pad_edge=False)
    for name in ("process", "stage", "us/event", "floor", "what the floor is"):
        found.add_column(name, justify="right" if name in ("us/event", "floor") else "left")
    everything = costs.all()
    for cost in everything:
        floor = "" if cost.floor_seconds is None else f"{costs.us(cost.floor_seconds):.2f}"
        found.add_row(cost.process, cost.stage, f"{costs.us(cost.seconds):.2f}", floor, cost.floor)
        mine = [each for each in everything if each.process == cost.process]
        if cost is mine[-1] and len(mine) > 1:
            found.add_row("", "together", f"{costs.us(sum(each.seconds for each in mine)):.2f}", "", "", style="bold")
    return found


def main() -> None:
    """Run it; what keeps it from being done is told without a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(stages)
    try:
        app()
    except (CommandError, java.ProgramError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
