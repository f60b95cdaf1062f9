"""``dealstream tune``: what holds a running topology up, and what to set."""

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from dealstream.domain.bottleneck import Advice, Watched
    from dealstream.queries.tune import Look
    from dealstream.settings import Settings
    from dealstream.stores.nimbus import Nimbus, Running

PROBES = 9


def tune(
    seconds: Annotated[float, typer.Option(min=1, help="How long to watch; Storm tells its figures every few.")] = 30,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Watch the running topology and say which component holds it up and what to set. Changes nothing."""
    from dealstream import settings
    from dealstream.cli.failure import Failure
    from dealstream.domain.bottleneck import advise
    from dealstream.queries.tune import watched
    from dealstream.stores.nimbus import open_nimbus

    loaded = settings.load(env, config)
    with open_nimbus(loaded.nimbus, loaded.tuning.socket_timeout_ms) as nimbus:
        running = nimbus.find(loaded.relevance.name)
        if running is None:
            raise Failure(f"no topology {loaded.relevance.name} is running; `dealstream submit` starts it")
        look = _looker(loaded, nimbus, running)
        first = look()
        _rest(seconds)
        found = watched(first, look(), nimbus.conf(running))
    _print(found, advise(found))
    for store, took in _latencies(loaded).items():
        print(f"{store} answers a small question in {took * 1000:.1f} ms (median of {PROBES})")


def _looker(settings: "Settings", nimbus: "Nimbus", running: "Running") -> Callable[[], "Look"]:
    from dealstream.queries.lag import lag
    from dealstream.queries.tune import Look
    from dealstream.stores.open import open_counters, open_log

    counters, log = open_counters(settings), open_log(settings)
    return lambda: Look(time.monotonic(), nimbus.components(running), lag(log, counters))


def _rest(seconds: float) -> None:
    from dealstream.cli.progress import progress

    with progress("watching, seconds", round(seconds)) as passed:
        for _ in range(round(seconds)):
            time.sleep(1)
            passed(1)


def _print(watched: "Watched", advice: "Advice") -> None:
    import polars as pl

    from dealstream.cli.tables import show

    rows = [
        (load.name, load.tasks, load.tuples_per_s, load.seconds * 1000, load.held, watched.expected(load))
        for load in watched.loads
    ]
    columns = ["component", "tasks", "batches_per_s", "ms_each", "held_by_a_task", "normal"]
    show(pl.DataFrame(rows, schema=columns, orient="row"))
    print(
        f"{watched.events_per_s:,.0f} events/s, {watched.events_per_batch:,.0f} a batch; {watched.behind:,} behind;"
        f" a spout task may have {watched.pending} batches in flight"
    )
    print(f"{advice.bottleneck or 'nothing to tune'}: {advice.why}")
    for setting in advice.settings:
        print(f"  {setting}")


def _latencies(settings: "Settings") -> dict[str, float]:
    """Return how long each store takes to answer, in seconds."""
    from dealstream.stores.open import open_counters, open_user_events

    counters, user_events = open_counters(settings), open_user_events(settings)
    return {
        "Redis": _typical(lambda: counters.applied([0])),
        "HBase": _typical(lambda: user_events.events("nobody", limit=1)),
    }


def _typical(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(PROBES):
        started = time.monotonic()
        ask()
        took.append(time.monotonic() - started)
    return median(took)
