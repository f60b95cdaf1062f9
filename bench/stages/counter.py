"""The stages of the bucket counter: codes out of the frame, fanned out and combined, counted in Redis."""

import subprocess
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from bench.stages.costs import Costs
from bench.stages.dedup import Judged
from cluster.services.redis import Redis
from dealstream.domain.coded import unpack
from dealstream.domain.cube import ENTRY
from dealstream.domain.flush import Flush
from dealstream.domain.window import FlushWindow
from dealstream.settings import Settings
from dealstream.stores.open import open_counters
from dealstream.stores.vocabulary import MemoryVocabulary

_COMMANDS, _PIPELINE, _KEYS = 500_000, 100, 100_000


def count(
    judged: Sequence[Judged],
    settings: Settings,
    servers: Sequence[Redis],
    costs: Costs,
) -> int:
    """Count batches as the bolt does, window by window; return how many entries the windows added."""
    counters = open_counters(settings)
    processes = [process for server in servers if (process := server.process)]
    entries = 0
    for flush in _flushes(judged, settings, costs):
        with costs.clock("counter", "fan out and combine"):
            plan = flush.plan(range(settings.relevance.slots), {})
        entries += sum(len(append.entries) for append in plan.appends) // ENTRY
        with costs.clock("counter", "write"), costs.server("redis", "count", processes):
            counters.apply(flush)
    counters.close()
    return entries


def hincrby(server: Redis, entries: int, costs: Costs) -> None:
    """Set beside it what Redis computes for as many HINCRBYs, as its own benchmark sends them."""
    process = server.process
    assert process is not None
    command = ["redis-benchmark", "-p", server.port, "-q", "-n", _COMMANDS, "-P", _PIPELINE, "-r", _KEYS]
    before = process.processor_seconds()
    subprocess.run(
        [*map(str, command), "hincrby", "deal:__rand_int__", "bucket:__rand_int__", "1"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    cost = costs.of("redis", "count")
    cost.floor = f"redis-benchmark HINCRBY -P {_PIPELINE}, {entries / costs.events:.1f} an event"
    cost.floor_seconds = (process.processor_seconds() - before) / _COMMANDS * entries


def _flushes(judged: Sequence[Judged], settings: Settings, costs: Costs) -> Iterator[Flush]:
    window, vocabulary = FlushWindow(settings.relevance), MemoryVocabulary()

    def codes(dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(vocabulary.codes(dimension, labels), np.int32)

    for each in judged:
        partition, first, next_, _, payload = each.coded
        with costs.clock("counter", "unpack"):
            coded = unpack(partition, first, next_, payload)
        with costs.clock("counter", "collect"):
            window.take(coded)
        if window.records >= settings.tuning.counter_flush_events or each is judged[-1]:
            with costs.clock("counter", "fan out and combine"):
                flush = Flush(settings.relevance, window, codes)
            yield flush
            window.clear()
