"""The load as a whole: a pool of processes that count the stream, and what they have counted so far."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import cycle
from multiprocessing import get_context
from typing import TypeVar

from bench.memory import layouts, worker
from bench.memory.worker import Flushed, Task
from dealstream.domain.tile import Tile
from dealstream.settings import load_relevance
from dealstream.stores.cube_strings import CubeStrings

PROCESSES = 2
OWNERS_AT_ONCE = 500

Answer = TypeVar("Answer")


class WrongCountsError(Exception):
    """The counters do not add up to what was counted."""


class Load:
    """Counts the stream, window after window; all its counters are in ``tile``."""

    def __init__(self, pool: ProcessPoolExecutor, task: Task, tile: Tile) -> None:
        self._pool = pool
        self._tile = tile
        self._relevance = load_relevance(worker.RELEVANCE)
        self._counters = worker.open_counters(task.addresses, CubeStrings(self._relevance.keys))
        self.flushed: list[Flushed] = []

    @property
    def events(self) -> int:
        """How many events were counted so far."""
        return sum(each.events for each in self.flushed)

    def count(self, windows: int, advance: Callable[[], None]) -> None:
        """Count so many more windows; ``advance`` is called after each."""
        first = len(self.flushed)
        for done in self._all(worker.count, [(number,) for number in range(first, first + windows)]):
            self.flushed.append(done)
            advance()

    def counters(self) -> int:
        """Return how many counters there are.

        Raises:
            WrongCountsError: they do not add up to one for each event and cuboid.

        """
        counters = total = 0
        for dimension, owners in self._owners():
            for cube in self._counters.cubes(dimension, owners, [self._tile]).values():
                counters += len(cube.ids)
                total += int(cube.counts.sum())
        if total != (expected := self.events * len(self._relevance.layout.cuboids)):
            raise WrongCountsError(f"the counters add up to {total:,} instead of {expected:,}")
        return counters

    def write_naively(self, addresses: Sequence[str], advance: Callable[[int], None]) -> None:
        """Write all counters as `layouts.naive` does; ``advance`` is called with how many more are there."""
        names = [cuboid.name for cuboid in self._relevance.layout.cuboids]
        jobs = [(name, self._tile, address) for name, address in zip(names, cycle(addresses), strict=False)]
        for counters in self._all(layouts.naive, jobs):
            advance(counters)

    def write_packed(self, addresses: Sequence[str], advance: Callable[[int], None]) -> None:
        """Write all counters as `layouts.packed` does; ``advance`` is called with how many more are there."""
        jobs = [(*some, self._tile, address) for some, address in zip(self._owners(), cycle(addresses), strict=False)]
        for counters in self._all(layouts.packed, jobs):
            advance(counters)

    def _owners(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield an owner dimension and some of its owners, until all had their turn."""
        for dimension in self._relevance.layout.owners:
            owners = self._counters.owners(dimension, [self._tile])
            for start in range(0, len(owners), OWNERS_AT_ONCE):
                yield dimension, owners[start : start + OWNERS_AT_ONCE]

    def _all(self, job: Callable[..., Answer], arguments: Sequence[tuple[object, ...]]) -> Iterator[Answer]:
        """Yield the answers of a job, as they come."""
        for done in as_completed([self._pool.submit(job, *each) for each in arguments]):
            yield done.result()


@contextmanager
def opened(task: Task, tile: Tile) -> Iterator[Load]:
    """Open the processes of a load."""
    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=worker.start, initargs=(task,)) as pool:
        yield Load(pool, task, tile)
