"""`python -m tests.chaos`: a steady stream, faults by a seeded schedule, and every count compared in the end."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cluster.layout import CHECKOUT
from cluster.state import ServiceError
from harness.components import NothingToHurtError
from harness.deployment import Deployment
from harness.drop import drop
from harness.project import CommandError
from harness.stage import Stage, StageError, own_cluster
from tests.chaos import keep, report
from tests.chaos.faults import Fault
from tests.chaos.result import Result, caught_up, last_line
from tests.chaos.run import Run
from tests.chaos.schedule import TooManyFaultsError, schedule
from tests.chaos.tuning import OWN, RELEVANCE

WIDTH = 120
FOLDER = CHECKOUT / "build" / "chaos"


def chaos(
    faults: Annotated[int, typer.Option(help="How many.")] = 20,
    duration: Annotated[float, typer.Option(help="Seconds over which they are spread.")] = 180,
    seed: Annotated[int, typer.Option(help="Of the events and of the faults.")] = 1,
    rate: Annotated[float, typer.Option(help="Lines a second.")] = 5000,
    kept: Annotated[bool, typer.Option("--keep", help="Keep everything of a good run too.")] = False,
) -> None:
    """Hurt a pipeline on a cluster of its own while events stream through it; fail if a count is off."""
    console = terminal()
    try:
        planned = schedule(seed, faults, duration)
    except TooManyFaultsError as error:
        raise typer.BadParameter(str(error)) from None
    folder = FOLDER / f"{seed}-{time.strftime('%Y%m%d-%H%M%S')}"

    def opened() -> AbstractContextManager[Stage]:
        return own_cluster(folder / "cluster", console, OWN)

    result = perform(planned, duration, seed, rate, folder, console, opened)
    conclude(result, folder, console, kept=kept)


def terminal() -> Console:
    """Return where to print, wide enough for the tables."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def perform(
    faults: Sequence[Fault],
    duration: float,
    seed: int,
    rate: float,
    folder: Path,
    console: Console,
    opened: Callable[[], AbstractContextManager[Stage]],
) -> Result:
    """Do a run with everything it writes in `folder`."""
    folder.mkdir(parents=True)
    keep.schedule(folder, seed, rate, duration, faults)
    console.print(f"{len(faults)} faults in {duration:.0f} s, seed {seed}, {rate:,.0f} lines/s; all in {folder}")
    with opened() as stage:
        deployment = Deployment(f"chaos_{seed}_{int(time.time()) % 100_000}", folder / "project", stage, RELEVANCE)
        try:
            deployment.create()
            deployment.submit()
            return Run(stage, deployment, folder, console).go(faults, duration, seed, rate)
        finally:
            keep.logs(stage, deployment.name, folder)
            if stage.shared:
                deployment.kill()
                drop([deployment.settings])


def conclude(result: Result, folder: Path, console: Console, *, kept: bool = False) -> None:
    """Print what came of a run, the verdict last; exit with 1 unless everything is exact."""
    report.show(console, report.faults_table(result.blows), report.kinds_table(result.blows))
    keep.memory(folder, result.watch.memory.samples)
    report.show(console, report.memory_table(result.watch.memory.growth(result.duration)))
    console.print(f"largest key of applied ranges: {result.watch.largest_applied} bytes")
    console.print(f"sent {asdict(result.sent)}; counted {result.records}")
    console.print(caught_up(result))
    if result.died:
        console.print(f"ended by themselves and were started again: {', '.join(result.died)}", style="yellow")
    for error in result.blind:
        console.print(f"not everything was watched to the end: {error}", style="red", markup=False)
    good = result.verdict.exact and result.caught_up_after is not None and not result.blind
    if good and not kept:
        keep.little(folder)
    elif not good:
        keep.differences(folder, result.verdict)
        console.print(f"everything to see why is in {folder}", style="red")
    print(last_line(result), flush=True)
    sys.exit(0 if good else 1)


def main() -> None:
    """Run it; what keeps it from being done is told without a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(chaos)
    try:
        app()
    except (CommandError, NothingToHurtError, ServiceError, StageError) as error:
        sys.exit(f"{error}\nwhat there is to see why is in {FOLDER}")


if __name__ == "__main__":
    main()
