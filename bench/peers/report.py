"""What came out: the table for people, and the same as JSON."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.peers.race import Speed
from bench.peers.tally import Tally


@dataclass
class Row:
    """What is known of a contender; ``error`` says why not more."""

    name: str
    speed: Speed | None = None
    plain: Tally | None = None
    killed: Tally | None = None
    error: str | None = None


def table(rows: Sequence[Row], events: int) -> Table:
    """Return the table; CPU is in seconds per million events."""
    made = Table(title=f"{events:,} events, 30 buckets each; {os.cpu_count()} cores", title_justify="left")
    made.add_column("contender")
    for column in ("events/s", "CPU s/M", "Redis s/M", "Kafka s/M"):
        made.add_column(column, justify="right")
    made.add_column("buckets right")
    made.add_column("after kill -9")
    for row in rows:
        made.add_row(row.name, *_figures(row.speed), _said(row.plain), _said(row.killed))
    return made


def write(path: Path, rows: Sequence[Row], events: int, seed: int) -> None:
    """Write everything as JSON."""
    told: dict[str, Any] = {"events": events, "seed": seed, "cores": os.cpu_count(), "contenders": [*map(_plain, rows)]}
    path.write_text(json.dumps(told, indent=2) + "\n")


def _plain(row: Row) -> dict[str, Any]:
    told = asdict(row)
    if row.speed:
        told["speed"]["events_per_second"] = row.speed.events_per_second
    return told


def _figures(speed: Speed | None) -> list[str]:
    if speed is None:
        return ["-"] * 4
    each = (speed.cpu, speed.redis_cpu, speed.broker_cpu)
    return [f"{speed.events_per_second:,.0f}", *(f"{seconds:.1f}" for seconds in each)]


def _said(tally: Tally | None) -> str:
    return "-" if tally is None else str(tally)
