"""``dealstream plan``: what a configuration will cost, before anything is counted."""

import json
from dataclasses import asdict
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealstream.cli.estimating import SAMPLE
from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json

if TYPE_CHECKING:
    from dealstream.cli.estimating import Estimated
    from dealstream.domain.budget import Budget
    from dealstream.domain.estimate import Cost, Estimate


def plan(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="NDJSON files of typical events, in their order; none: the most it can be."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Events a second; by default those of [budget].", min=0.001)
    ] = None,
    events: Annotated[int, typer.Option(help="How many events of FILES to look at.", min=1, max=2_000_000)] = SAMPLE,
    env: Env = DEFAULT_ENV,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print how many buckets, bytes and updates a second each cuboid will cost, and whether that fits the budget."""
    from dealstream import settings
    from dealstream.cli.estimating import estimated

    loaded = settings.load(env, config)
    tasks = settings.parallelism("bucket_counter")[env]
    found = estimated(loaded, tasks, files or [], events, rate)
    budget = loaded.relevance.budget
    if as_json:
        print(json.dumps(_document(found, budget)))
    else:
        _print(found, budget)
    if budget and found.estimate.excesses(budget):
        raise typer.Exit(1)


def _print(found: "Estimated", budget: "Budget | None") -> None:
    import polars as pl

    from dealstream.cli.budgeting import verdict
    from dealstream.cli.tables import show

    load, source = found.load, f"by a sample of {found.sample:,}" if found.sample else "at most, by the configuration"
    total = "any number of events" if isinf(load.events) else f"{load.events:,} events"
    print(f"{total}, {load.rate:,g} a second, {load.window:,.0f} a flush; {source}")
    show(pl.DataFrame(_rows(found.estimate), orient="row"))
    print(verdict(found.estimate, budget))


def _rows(estimate: "Estimate") -> list[dict[str, Any]]:
    rows = [_row(cost, cost.name) for cost in estimate.cuboids]
    rows += [_row(cost, f"keys of {cost.name} cubes") for cost in estimate.keys]
    amounts = (estimate.buckets, estimate.memory, estimate.increments, estimate.updates)
    return [*rows, {"cuboid": "all", "tiles": "", **_amounts(*amounts)}]


def _row(cost: "Cost", name: str) -> dict[str, Any]:
    tiles = cost.grain.value if cost.tiles == 1 else f"{cost.tiles} {cost.grain}s"
    amounts = _amounts(cost.buckets, cost.memory, cost.increments, cost.updates)
    return {"cuboid": name, "tiles": tiles, **amounts}


def _amounts(buckets: float, memory: float, increments: float, updates: float) -> dict[str, Any]:
    return {
        "buckets": round(buckets),
        "MB": memory / 1e6,
        "increments/s": round(increments),
        "updates/s": round(updates),
    }


def _document(found: "Estimated", budget: "Budget | None") -> dict[str, Any]:
    """Return everything as JSON has it; ``events`` is null where no end is in sight."""
    import msgspec

    estimate, load = found.estimate, found.load
    names = ("buckets", "memory", "increments", "updates")
    return {
        "expected": {**asdict(load), "events": None if isinf(load.events) else load.events},
        "sample": found.sample,
        "cuboids": [asdict(cost) for cost in estimate.cuboids],
        "keys": [asdict(cost) for cost in estimate.keys],
        "total": {name: getattr(estimate, name) for name in names},
        "budget": msgspec.structs.asdict(budget) if budget else None,
        "exceeded": [asdict(excess) for excess in estimate.excesses(budget)] if budget else [],
    }
