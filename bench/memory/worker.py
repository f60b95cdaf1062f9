"""What each process of the load does: make events, and count them by the code that counts in the topology."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.memory.market import BLOCK, Market, Terms
from dealstream.domain.batch import KEEP, of_records
from dealstream.domain.flush import Flush
from dealstream.domain.records import Records
from dealstream.domain.window import FlushWindow
from dealstream.settings import load_relevance
from dealstream.stores.cube_strings import CubeStrings
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_placement import Group, Placement
from dealstream.stores.redis_servers import RedisServers
from dealstream.stores.vocabulary import MemoryVocabulary

RELEVANCE = Path(__file__).with_name("relevance.toml")
PARTITIONS = 4
TIMEOUT_MS = 30_000


@dataclass(frozen=True)
class Task:
    """Which events are counted where; ``blocks`` of the market are flushed together."""

    terms: Terms
    addresses: Sequence[str]
    blocks: int


@dataclass(frozen=True)
class Flushed:
    """How many events a flush window had, and the seconds of CPU that it took its process, and its foldings."""

    events: int
    cpu_s: float
    folding_s: float


class Worker:
    """Counts flush windows, which know nothing of each other: any process may take any of them."""

    def __init__(self, task: Task) -> None:
        self.relevance = load_relevance(RELEVANCE)
        self.vocabulary = MemoryVocabulary()
        self._market = Market(task.terms)
        self._blocks = task.blocks
        # all processes must give the same codes
        self.vocabulary.codes("area", self._market.world.areas)
        self.vocabulary.codes("category", self._market.world.categories)
        self._layout = _TimedCubes(self.relevance.keys)
        self.counters = open_counters(task.addresses, self._layout)
        self._window = FlushWindow(self.relevance)

    def count(self, number: int) -> Flushed:
        """Count the ``number``-th window: a piece of the log of one of the partitions."""
        started, folding = time.process_time(), self._layout.folding_s
        partition, size = number % PARTITIONS, self._blocks * BLOCK
        first = number // PARTITIONS * size
        self._window.clear()
        for block in map(self._market.block, range(number * self._blocks, (number + 1) * self._blocks)):
            records = Records.of(partition, range(first, first + BLOCK), block.times.tolist(), block.lines)
            self._window.add(of_records(records, first, first + BLOCK), KEEP * BLOCK)
            first += BLOCK
        self.counters.apply(Flush(self.relevance, self._window, self._codes))
        return Flushed(size, time.process_time() - started, self._layout.folding_s - folding)

    def _codes(self, dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(self.vocabulary.codes(dimension, labels), np.int32)


def open_counters(addresses: Sequence[str], layout: CubeStrings) -> RedisCounters:
    """Open the counters on these servers."""
    keys = load_relevance(RELEVANCE).keys
    return RedisCounters(RedisServers(addresses, keys, TIMEOUT_MS), keys, layout)


class _TimedCubes(CubeStrings):
    """Cubes that know how much CPU their folding took."""

    folding_s = 0.0

    def fold(self, placement: Placement, group: Group, keys: Sequence[str]) -> None:
        started = time.process_time()
        super().fold(placement, group, keys)
        self.folding_s += time.process_time() - started


# a process pool calls functions, which find what their process has opened here
_worker: Worker


def start(task: Task) -> None:
    """Prepare this process."""
    global _worker
    _worker = Worker(task)


def here() -> Worker:
    """Return the worker of this process."""
    return _worker


def count(number: int) -> Flushed:
    """Let the worker of this process count a window."""
    return _worker.count(number)
