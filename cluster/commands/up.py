"""`up`: whatever does not run is fetched and started; returns when everything serves."""

import time
from collections.abc import Callable, Iterable, Mapping

from rich.console import Console

from cluster import tools
from cluster.board import Board
from cluster.engine import Engine
from cluster.graph import Skipped, run
from cluster.service import Service

START_SECONDS = 180.0
"""From the moment a service can be started, when all it needs is there, until it must serve."""


def up(services: Mapping[str, Service], console: Console) -> int:
    """Finish the cluster, however much of it runs; 0 if all of it serves in the end."""
    waiting = [service for service in services.values() if not service.ready()]
    if not waiting:
        console.print(f"all {len(services)} services are up")
        return 0
    begun, board = time.monotonic(), Board(console)
    missing = [Engine(name) for name in dict.fromkeys(s.engine for s in waiting if s.engine)]
    missing = [engine for engine in missing if not engine.fetched]
    with board.shown():
        tools.require((*tools.RUN, *(tools.FETCH if missing else ())), lambda news: board.busy("tools", news))
        failed = run(*plan(waiting, missing, board))
        for name, error in failed.items():
            board.bad(name, "not started: " + str(error) if isinstance(error, Skipped) else "failed, see below")
    for name, error in failed.items():
        if not isinstance(error, Skipped):
            console.print(f"[red]{name}[/]: ", end="")
            console.print(str(error) or repr(error), markup=False, highlight=False, soft_wrap=True)
    if not failed:
        console.print(f"all {len(services)} services are up after {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


Plan = tuple[dict[str, Callable[[], None]], dict[str, tuple[str, ...]]]


def plan(waiting: Iterable[Service], missing: Iterable[Engine], board: Board) -> Plan:
    """Tasks, and what each waits for: engines one after the other (they share Maven's folder), services as they can."""
    tasks: dict[str, Callable[[], None]] = {}
    after: dict[str, tuple[str, ...]] = {}
    previous: tuple[str, ...] = ()
    for engine in missing:
        name = f"fetch {engine.name}"
        tasks[name], after[name] = _fetching(engine, name, board), previous
        previous = (name,)
    for service in waiting:
        tasks[service.name] = _starting(service, board)
        after[service.name] = (*service.needs, f"fetch {service.engine}")
    return tasks, after


def _fetching(engine: Engine, name: str, board: Board) -> Callable[[], None]:
    def fetch() -> None:
        board.busy(name, "downloading ...")
        engine.fetch(lambda news: board.busy(name, news))
        board.good(name, "downloaded")

    return fetch


def _starting(service: Service, board: Board) -> Callable[[], None]:
    def start() -> None:
        board.busy(service.name, "starting ...")
        started = service.start()
        service.wait_ready(START_SECONDS)
        board.good(service.name, "ready" if started else "was running, ready")

    return start
