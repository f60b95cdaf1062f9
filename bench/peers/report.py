"""What came out: the table for people, and the same as JSON."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.peers.race import CONTENDER, Speed
from bench.peers.tally import Tally

SERVICES = ("redis", "kafka", "hbase")


@dataclass
class Row:
    """What is known of a contender; ``error`` says why not more."""

    name: str
    speed: Speed | None = None
    plain: Tally | None = None
    killed: Tally | None = None
    error: str | None = None


def table(rows: Sequence[Row], events: int) -> Table:
    """Return the table; CPU is in seconds per million events.

    Right are buckets of a cuboid, an audience and an event type; how wrong the others are is a share of all counts.
    """
    made = Table(title=f"{events:,} events, 30 buckets each; {os.cpu_count()} cores", title_justify="left")
    made.add_column("contender")
    for column in ("events/s", "CPU s/M", *(f"{name.capitalize()} s/M" for name in SERVICES)):
        made.add_column(column, justify="right")
    made.add_column("counts")
    made.add_column("counts after kill -9")
    for row in rows:
        made.add_row(row.name, *_figures(row.speed), _said(row.plain), _said(row.killed))
    return made


def write(path: Path, rows: Sequence[Row], events: int, seed: int, window: int) -> None:
    """Write everything as JSON."""
    run = {"events": events, "seed": seed, "window": window, "cores": os.cpu_count()}
    told: dict[str, Any] = {**run, "contenders": [*map(_plain, rows)]}
    path.write_text(json.dumps(told, indent=2) + "\n")


def _plain(row: Row) -> dict[str, Any]:
    told = asdict(row)
    if row.speed:
        told["speed"]["events_per_second"] = row.speed.events_per_second
    return told


def _figures(speed: Speed | None) -> list[str]:
    if speed is None:
        return ["-"] * (2 + len(SERVICES))
    return [f"{speed.events_per_second:,.0f}", *(f"{speed.cpu[name]:.1f}" for name in (CONTENDER, *SERVICES))]


def _said(tally: Tally | None) -> str:
    return "-" if tally is None else str(tally)
