"""``dealstream wait``: until the stores have everything that is on the log."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealstream.queries.lag import PartitionLag

POLL_S = 0.5


def wait(
    timeout: Annotated[float, typer.Option(help="Seconds without any progress after which to give up.")] = 120,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Wait until HBase and Redis have everything that is on the log; shows progress, and then what became of it."""
    from dealstream import settings
    from dealstream.queries.lag import lag
    from dealstream.queries.outcomes import in_words, outcomes
    from dealstream.stores.open import open_counters, open_log

    loaded = settings.load(env, config)
    counters, log = open_counters(loaded), open_log(loaded)
    started = time.monotonic()
    _follow(lambda: lag(log, counters), timeout)
    seconds = time.monotonic() - started
    print(f"caught up after {seconds:.1f} s: {in_words(outcomes(counters, log.partitions()))}")


def _follow(states: "Callable[[], list[PartitionLag]]", timeout: float) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from dealstream.cli.failure import Failure

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("counted", total=None)
        moved, best = time.monotonic(), None
        while True:
            now = states()
            if all(state.caught_up for state in now):
                return
            behind, end = sum(state.behind for state in now), sum(state.end - state.first for state in now)
            progress.update(task, completed=end - behind, total=end)
            if best is None or behind < best:
                moved, best = time.monotonic(), behind
            if time.monotonic() - moved > timeout:
                raise Failure(f"{behind:,} behind and no progress in {timeout:g} s; see `dealstream stats` and the log")
            time.sleep(POLL_S)
