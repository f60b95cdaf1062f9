"""`up`: whatever does not run is fetched and started; returns when everything serves."""

import time
from collections.abc import Iterable, Mapping
from threading import Event

from rich.console import Console

from cluster import tools
from cluster.board import Board
from cluster.engine import Engine
from cluster.graph import SkippedError, Task, run
from cluster.service import Service
from cluster.state import ServiceError

START_SECONDS = 180.0
"""From the moment a service can be started, when all it needs is there, until it must serve."""


def up(services: Mapping[str, Service], console: Console) -> int:
    """Finish the cluster, however much of it runs; 0 if all of it serves in the end."""
    waiting = [service for service in services.values() if not service.ready()]
    if not waiting:
        console.print(f"all {len(services)} services are up")
        return 0
    begun, board = time.monotonic(), Board(console)
    engines = [Engine(name) for name in dict.fromkeys(s.engine for s in waiting if s.engine)]
    missing = [engine for engine in engines if not engine.fetched]
    with board.shown():
        tools.require((*tools.RUN, *(tools.FETCH if missing else ())), lambda news: board.busy("tools", news))
        failed = run(*plan(waiting, missing, board))
        for name, error in failed.items():
            board.bad(name, f"not started: {error}" if isinstance(error, SkippedError) else "failed, see below")
    if failed:
        _explain(failed, console)
        return 1
    console.print(f"all {len(services)} services are up after {time.monotonic() - begun:.0f} s")
    return 0


def plan(
    waiting: Iterable[Service], missing: Iterable[Engine], board: Board
) -> tuple[dict[str, Task], dict[str, tuple[str, ...]]]:
    """Return tasks, and what each waits for: engines one by one, as they share Maven's folder; services as they can."""
    tasks: dict[str, Task] = {}
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


def _fetching(engine: Engine, name: str, board: Board) -> Task:
    def fetch(_: Event) -> None:
        board.busy(name, "downloading ...")
        engine.fetch(lambda news: board.busy(name, news))
        board.good(name, "downloaded")

    return fetch


def _starting(service: Service, board: Board) -> Task:
    def start(interrupted: Event) -> None:
        board.busy(service.name, "starting ...")
        started = service.start()
        try:
            service.wait_ready(START_SECONDS, interrupted)
        except ServiceError:
            if started or service.process:
                raise
            started = service.start()  # it was there when we looked, but dying
            service.wait_ready(START_SECONDS, interrupted)
        board.good(service.name, "ready" if started else "was running, ready")

    return start


def _explain(failed: Mapping[str, Exception], console: Console) -> None:
    for error in failed.values():
        if not isinstance(error, SkippedError):
            console.print(str(error) or repr(error), style="red", markup=False, soft_wrap=True)
