"""The two sinks on stores in memory, each with Storm's side of it."""

from pathlib import Path
from typing import Any

from dealstream.bolts.bucket_counter import BucketCounterBolt
from dealstream.bolts.dedup import CODED, JUDGED
from dealstream.bolts.hbase_writer import HBaseWriterBolt
from dealstream.domain.batch import Batch
from dealstream.stores.erasures import MemoryErasures
from tests.support.events import RELEVANCE, batch, event
from tests.support.stores import SwitchedCounters, SwitchedUserEvents, SwitchedVocabulary
from tests.support.storm import Said, Wire, coded, judged

FLUSH_EVENTS, FLUSH_MS = 4, 1000


class Sink:
    """A sink on a store in memory, its clock, and Storm's side of it. Tuple ``t<n>`` is a batch at offset 10 * n."""

    stream: str

    def __init__(self) -> None:
        self.now = 0.0
        self.wire: Wire

    def hold(self, id_: str, held: Batch, letters: str) -> list[Said]:
        """Send a batch as dedup judged it."""
        return self.wire.tuple(id_, self.of_dedup(held, letters), "dedup", self.stream)

    @staticmethod
    def of_dedup(held: Batch, letters: str) -> list[Any]:
        """Return the values of the tuple that dedup sends to this sink."""
        raise NotImplementedError

    def send(self, number: int, size: int = 1, letters: str | None = None) -> list[Said]:
        """Send a tuple."""
        values = [event(10 * number + step, user=f"u{number}") for step in range(size)]
        return self.hold(f"t{number}", batch(values, first=10 * number), letters or "K" * size)

    def stored(self) -> int:
        """Return how many events are stored."""
        raise NotImplementedError


class Writer(Sink):
    """The HBase writer."""

    stream, of_dedup = JUDGED, staticmethod(judged)

    def __init__(self, pid_dir: Path) -> None:
        super().__init__()
        store = self.store = SwitchedUserEvents()
        erasures = self.erasures = MemoryErasures()

        class InMemory(HBaseWriterBolt):
            open_user_events = staticmethod(lambda settings: store)
            open_erasures = staticmethod(lambda settings: MemoryErasures(erasures.tombstones))
            now_ms = staticmethod(lambda: self.now)

        self.wire = Wire(InMemory, 5, pid_dir, writer_flush_events=FLUSH_EVENTS, writer_flush_ms=FLUSH_MS)

    def stored(self) -> int:
        """Count the cells."""
        return sum(count for _, count in self.store.cells())


class Counter(Sink):
    """The bucket counter."""

    stream, of_dedup = CODED, staticmethod(coded)

    def __init__(self, pid_dir: Path) -> None:
        super().__init__()
        store = self.store = SwitchedCounters(RELEVANCE.keys)
        vocabulary = self.vocabulary = SwitchedVocabulary()

        class InMemory(BucketCounterBolt):
            open_counters = staticmethod(lambda settings: store)
            open_vocabulary = staticmethod(lambda settings: vocabulary)
            now_ms = staticmethod(lambda: self.now)

        self.wire = Wire(InMemory, 6, pid_dir, counter_flush_events=FLUSH_EVENTS, counter_flush_ms=FLUSH_MS)

    def stored(self) -> int:
        """Count the events of the city `unknown`, of which all are."""
        found = self.store.cubes("city", ["unknown"]).get("unknown")
        return int(found.counts.sum()) if found else 0
