"""`down`: everything that runs is stopped, in the reverse of the order it was started in."""

from collections.abc import Mapping
from threading import Event

from rich.console import Console

from cluster.board import Board
from cluster.graph import Task, reverse, run
from cluster.service import Service
from cluster.state import State


def down(services: Mapping[str, Service], console: Console) -> int:
    """Stop the cluster; 0 if nothing of it runs in the end."""
    present = {s.name: s for s in services.values() if s.process or s.helpers() or s.state is not State.STOPPED}
    if not present:
        console.print("nothing runs")
        return 0
    board = Board(console)
    with board.shown():
        needs = {name: service.needs for name, service in present.items()}
        failed = run({name: _stopping(s, board) for name, s in present.items()}, reverse(needs))
        for name, error in failed.items():
            board.bad(name, f"not stopped: {error}")
    return 1 if failed else 0


def _stopping(service: Service, board: Board) -> Task:
    def stop(_: Event) -> None:
        board.busy(service.name, "stopping ...")
        service.stop()
        board.good(service.name, "stopped")

    return stop
