"""`python -m bench.peers`: the same counting job done by dealstream and by its peers, one after the other."""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.peers import report
from bench.peers.catalogue import contenders
from bench.peers.contender import Contender, ContenderError, Job
from bench.peers.race import CONTENDER, Course
from bench.peers.report import Row
from bench.peers.stream import FOLDER, Stream
from bench.peers.tally import Tally, tally
from bench.servers import redis_server
from cluster.catalogue import services
from cluster.layout import CHECKOUT
from cluster.ports import HOST
from dealstream.truth.truth import Truth
from harness.components import StillThereError
from harness.project import CommandError

_WIDTH = 150
RESULT = CHECKOUT / "build" / "bench-peers.json"
T = TypeVar("T")


class Bench:
    """Runs contenders and shows how they do."""

    def __init__(self, stream: Stream, flush_events: int, console: Console) -> None:
        self._stream = stream
        self._console = console
        self._flush_events = flush_events
        self._course = Course({name: _pid(name) for name in ("kafka", "hbase")})
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True)

    def run(self, chosen: list[Contender], *, kill: bool) -> list[Row]:
        """Return a row for each contender, whatever happens to it."""
        with self._progress:
            self._shown("events", self._stream.make, advance=True)
            self._console.print("computing what must be counted")
            truth = self._stream.truth()
            return [self._row(contender, truth, kill=kill) for contender in chosen]

    def _row(self, contender: Contender, truth: Truth, *, kill: bool) -> Row:
        row = Row(contender.name)
        try:
            self._console.print(f"{contender.name}: preparing")
            contender.prepare()
            row.speed, row.plain = self._drained(contender, truth, "plain", self._course.run)
            if kill:
                _, row.killed = self._drained(contender, truth, "killed", self._course.run_with_accident)
        except (ContenderError, CommandError, StillThereError) as error:
            row.error = str(error)
        self._console.print(f"{row.name}: {_told(row)}", markup=False)
        return row

    def _drained(
        self, contender: Contender, truth: Truth, kind: str, run: Callable[[Contender, Job, Callable[[int], None]], T]
    ) -> tuple[T, Tally]:
        folder = _fresh(f"{contender.name.replace(', ', '-').replace(' ', '-')}-{kind}")
        with redis_server(folder) as redis:
            stream = self._stream
            relevance, configuration, brokers = stream.relevance, stream.configuration, stream.brokers
            job = Job(relevance, configuration, brokers, stream.events, self._flush_events, redis, folder)
            try:
                came_of_it = self._shown(f"{contender.name}, {kind}", lambda progress: run(contender, job, progress))
                return came_of_it, tally(truth, contender.counts())
            finally:
                contender.stop()

    def _shown(self, what: str, run: Callable[[Callable[[int], None]], T], *, advance: bool = False) -> T:
        task = self._progress.add_task(what, total=self._stream.events)

        def progress(events: int) -> None:
            if advance:
                self._progress.update(task, advance=events)
            else:
                self._progress.update(task, completed=events)

        try:
            return run(progress)
        finally:
            self._progress.remove_task(task)


def _fresh(name: str) -> Path:
    """Return a folder of a name that was never there: consumer groups are called after it; take away earlier ones."""
    for earlier in FOLDER.glob(f"{name}-[0-9]*"):
        shutil.rmtree(earlier)
    return FOLDER / f"{name}-{int(time.time())}"


def _pid(name: str) -> int:
    pid = services()[name].pid
    if pid is None:
        raise ContenderError(f"{name} does not run; `make up` starts it")
    return pid


def _told(row: Row) -> str:
    if row.error:
        return row.error
    assert row.speed is not None
    said = f"{row.speed.events_per_second:,.0f} events/s, {row.speed.cpu[CONTENDER]:.1f} CPU s/M; {row.plain}"
    return said if row.killed is None else f"{said}; after kill -9 {row.killed}"


def bench(
    events: Annotated[int, typer.Option(help="How many.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Of the events.")] = 1,
    only: Annotated[list[str] | None, typer.Option(help="Those whose name has this in it; repeatable.")] = None,
    window: Annotated[int, typer.Option(help="Events in a micro-batch of one process of two.")] = 50_000,
    kill: Annotated[bool, typer.Option(help="A second run each, with kill -9 in the middle.")] = True,
    output: Annotated[Path, typer.Option(help="Where the figures go as JSON.")] = RESULT,
) -> None:
    """Compare dealstream with its peers on the cluster of `make up`."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    chosen = [one for one in contenders() if not only or any(part in one.name for part in only)]
    if not chosen:
        raise typer.BadParameter(f"there are only {', '.join(one.name for one in contenders())}")
    brokers = f"{HOST}:{services()['kafka'].port}"
    try:
        rows = Bench(Stream(events, seed, brokers), window, console).run(chosen, kill=kill)
    except ContenderError as error:
        sys.exit(str(error))
    report.write(output, rows, events, seed, window)
    console.print(report.table(rows, events))
    for row in rows:
        if row.error:
            console.print(f"{row.name}: {row.error}", style="red", markup=False)
    console.print(f"all figures are in {output}")


if __name__ == "__main__":
    typer.run(bench)
