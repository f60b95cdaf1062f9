"""One run: counters are filled up, measured while the load goes on, and laid out in the two other ways."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.memory.load import Load, opened
from bench.memory.market import BLOCK, Terms
from bench.memory.servers import running
from bench.memory.worker import Flushed, Task
from dealstream.cli.progress import progress
from dealstream.domain.tile import Grain, covering

SERVERS = 2
EVENTS_PER_SECOND = 1000.0
DAY_MS = 86_400_000
# how long is measured: a share of the windows that it took to fill the counters
MEASURED = 0.1

NAIVE, PACKED, CUBES = "a key each, with its expiry", "packed hashes", "cubes, under load"


@dataclass(frozen=True)
class Size:
    """How large a run is: ``window`` events are flushed together."""

    counters: int
    deals: int
    users: int
    window: int
    seed: int


@dataclass(frozen=True)
class Taken:
    """What a layout takes: bytes of memory, on average while it was looked at, and at most."""

    layout: str
    counters: int
    used: float
    most: float


@dataclass(frozen=True)
class Result:
    """What came of a run; ``flushed`` are the windows under which the cubes were measured."""

    taken: list[Taken]
    flushed: list[Flushed]
    seconds: float
    events: int
    redis: str


def run(size: Size, folder: Path) -> Result:
    """Measure, with all that the servers write in ``folder``.

    Raises:
        WrongCountsError: the counters do not add up.

    """
    start_ms = int(time.time() * 1000) // DAY_MS * DAY_MS
    terms = Terms(size.seed, start_ms, EVENTS_PER_SECOND, size.deals, size.users)
    (tile,) = covering(Grain.DAY, start_ms, start_ms + 1)
    with (
        running(folder / "cubes", SERVERS) as cubes,
        opened(Task(terms, cubes.addresses, -(-size.window // BLOCK)), tile) as load,
    ):
        counters, filled = _fill(load, size.counters), len(load.flushed)
        windows, started = max(1, int(filled * MEASURED)), time.monotonic()
        with progress("windows measured", windows) as advance, cubes.watched() as watch:
            load.count(windows, lambda: advance(1))
        seconds = time.monotonic() - started
        # those of before: that there are more by now makes it no better than it is
        taken = [Taken(CUBES, counters, watch.mean, watch.most)]
        counters = load.counters()
        taken.insert(0, _laid_out(PACKED, counters, load.write_packed, folder / "packed"))
        taken.insert(0, _laid_out(NAIVE, counters, load.write_naively, folder / "naive"))
    return Result(taken, load.flushed[filled:], seconds, load.events, cubes.version)


def _fill(load: Load, wanted: int) -> int:
    """Count until there are so many counters; return how many there are then."""
    shown, found, windows = 0, 0, 1
    with progress("counters", wanted) as advance:
        while found < wanted:
            load.count(windows, lambda: None)
            found = load.counters()
            advance(found - shown)
            shown = found
            # fewer and fewer new ones come of a window, so that is never too many
            windows = max(1, (wanted - found) * len(load.flushed) // found)
    return found


def _laid_out(layout: str, counters: int, write: Callable[..., None], folder: Path) -> Taken:
    with running(folder, SERVERS) as servers, progress(layout, counters) as advance:
        servers.never_dump()
        write(servers.addresses, advance)
        used = servers.used()
    return Taken(layout, counters, used, used)
