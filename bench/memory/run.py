"""One run: counters are filled up, measured while the load goes on, and laid out in the two other ways."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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

NAIVE, PACKED, CUBES = "a key each", "packed hashes", "cubes, under load"


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
    blocks = -(-size.window // BLOCK)
    with running(folder / "cubes", SERVERS) as servers, opened(Task(terms, servers.addresses, blocks), tile) as load:
        counters, filled = _fill(load, size.counters), len(load.flushed)
        windows, started = max(1, int(filled * MEASURED)), time.monotonic()
        with progress("windows measured", windows) as advance, servers.watched() as watch:
            load.count(windows, partial(advance, 1))
        seconds = time.monotonic() - started
        # there are more counters by now; those of before make it no better than it is
        cubes = Taken(CUBES, counters, watch.mean, watch.most)
        counters = load.counters()
        packed = _laid_out(PACKED, counters, load.write_packed, folder / "packed")
        naive = _laid_out(NAIVE, counters, load.write_naively, folder / "naive")
        return Result([naive, packed, cubes], load.flushed[filled:], seconds, load.events, servers.version)


def _fill(load: Load, wanted: int) -> int:
    """Count until there are so many counters; return how many there are then."""
    found, windows, of_each = 0, 1, 0
    with progress("counters", wanted) as advance:
        while found < wanted:
            load.count(windows, partial(advance, of_each))
            before, found = found, load.counters()
            advance(found - before - windows * of_each)
            # fewer and fewer new ones come of a window, so these are not too many
            of_each = found // len(load.flushed)
            windows = max(1, (wanted - found) // of_each)
    return found


def _laid_out(layout: str, counters: int, write: Callable[..., None], folder: Path) -> Taken:
    with running(folder, SERVERS) as servers, progress(layout, counters) as advance:
        servers.never_dump()
        write(servers.addresses, advance)
        used = servers.used()
    return Taken(layout, counters, used, used)
