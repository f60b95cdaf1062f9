"""`status`: one line a service, for people or, as JSON, for programs."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from cluster.service import Service
from cluster.state import State

_COLOURS = {State.UP: "green", State.STARTING: "yellow", State.STOPPED: "dim", State.DEAD: "red"}


@dataclass(frozen=True)
class Row:
    """What is told of one service. `memory_mb` counts its helpers too."""

    service: str
    state: str
    port: int
    pid: int | None
    memory_mb: int
    helpers: int


def inspect(service: Service) -> Row:
    """Look at a service."""
    helpers = service.helpers()
    processes = [p for p in (service.process, *helpers) if p]
    memory = sum(process.memory() for process in processes) // 2**20
    return Row(service.name, service.state.value, service.port, service.pid, memory, len(helpers))


def status(services: Mapping[str, Service], console: Console, *, as_json: bool) -> int:
    """Print the state of every service; 0 if all are up."""
    with ThreadPoolExecutor(len(services)) as pool:
        rows = list(pool.map(inspect, services.values()))
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        console.print(_table(rows))
    return 0 if all(row.state == State.UP.value for row in rows) else 1


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("service")
    table.add_column("state")
    for name in ("port", "pid", "memory MB"):
        table.add_column(name, justify="right")
    for row in rows:
        colour = _COLOURS[State(row.state)]
        workers = f" (with {row.helpers} worker processes)" if row.helpers else ""
        pid = str(row.pid or "-")
        table.add_row(row.service, f"[{colour}]{row.state}[/]{workers}", str(row.port), pid, str(row.memory_mb or "-"))
    return table
