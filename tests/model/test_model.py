"""No sequence of faults loses or doubles an event; and the model is able to find those that would."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from dealstream.domain import cube
from dealstream.domain.dedup import PartitionDedup
from dealstream.domain.flush import Flush
from dealstream.stores.counters import MemoryCounters
from tests.model.machine import Pipeline
from tests.model.parts import KEYS, SERVERS, Stores

QUICK = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
# enough to find each of the bugs below; shrinking them would only take time
HUNT = settings(QUICK, max_examples=3000, phases=[Phase.generate], derandomize=True)


@pytest.fixture(autouse=True)
def _small_cubes_fold(monkeypatch):
    """Let cubes be folded at a size that they reach here."""
    monkeypatch.setattr(cube, "FOLD_FROM", 32)


def test_nothing_is_lost_and_nothing_counts_twice():
    run_state_machine_as_test(Pipeline, settings=QUICK)


class SeenThenReplayed(PartitionDedup):
    """The classic bug: an id is marked as seen, the batch fails downstream, and its replay is a duplicate of itself."""

    def __init__(self, window):
        super().__init__(window)
        self._ids = set()

    def decide(self, first, next_, offsets, ids):
        seen = np.array([id_ in self._ids for id_ in ids], bool)
        self._ids.update(ids)
        return seen

    def missing(self, first):
        return None


class DecisionsOfAWarmUp(PartitionDedup):
    """What a warm-up decided is remembered, though before its own start it knows nothing."""

    def begin(self, gap):
        super().begin(gap)
        if gap.restart:
            self._floor = gap.start

    def install(self, number, snapshot):
        super().install(number, snapshot)
        self._seen = np.concatenate((self._seen, np.zeros(self._window.slice_offsets, np.uint8)))


class RangesApart(MemoryCounters):
    """Counts and ranges are two writes; at every third flush the process dies between them."""

    flushes = 0

    def apply(self, flush: Flush) -> None:
        before = {key: value for key, value in self.strings.items() if ":applied:" in key}
        super().apply(flush)
        self.flushes += 1
        if self.flushes % 3 == 0:
            self.strings = {key: value for key, value in self.strings.items() if ":applied:" not in key} | before


def _with(dedup=PartitionDedup, counters=MemoryCounters):
    class Broken(Pipeline):
        dedup_of = dedup
        stores_of = staticmethod(lambda: Stores(servers=[counters(KEYS, slots) for slots in SERVERS]))

    return Broken


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(_with(dedup=SeenThenReplayed), id="seen, then replayed"),
        pytest.param(_with(dedup=DecisionsOfAWarmUp), id="decisions of a warm-up"),
        pytest.param(_with(counters=RangesApart), id="ranges outside the transaction"),
    ],
)
def test_the_model_finds_the_classic_bugs(broken):
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=HUNT)
