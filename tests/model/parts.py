"""The parts of the pipeline between its faults: the real domain classes, wired as the spout and the bolts wire them.

Everything that can be lost or killed is a part of its own; `machine` decides what happens to them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from dealstream.domain.batch import Batch, unpack
from dealstream.domain.cutter import Limits
from dealstream.domain.dedup import PartitionDedup, Window
from dealstream.domain.event import EventDecoder, texts
from dealstream.domain.flush import Flush
from dealstream.domain.intake import Intake
from dealstream.domain.ranges import Ranges
from dealstream.domain.relevance_table import parse
from dealstream.domain.rows import RowMapper
from dealstream.domain.start import set_back_to, start_of
from dealstream.domain.verdicts import verdicts
from dealstream.domain.window import FlushWindow
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.log import MemoryLog
from dealstream.stores.snapshots import MemorySnapshots
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary

RELEVANCE = parse(
    {
        "name": "model",
        "slots": 3,
        "types": {"impression": "shown", "conversion": "bought"},
        "tiles": {"day": "36500d"},
        "cuboids": [
            {"dimensions": ["deal"], "tiles": ["ever", "day"], "users": True},
            ["deal", "city"],
            {"dimensions": ["city"], "tiles": ["day"]},
        ],
        "dimensions": {"city": {"field": "city", "capacity": 8}},
    }
)
KEYS = RELEVANCE.keys
WINDOW = Window(slice_offsets=3, slices=2, error_rate=1e-12)
PARTITION = 0
SERVERS = ((0, 2), (1,))


@dataclass(frozen=True)
class Tuple:
    """A tuple under way: its id, and the batch it carries."""

    id: str
    batch: Batch


@dataclass
class Stores:
    """What outlives every process: the log, its commits, two Redis servers, HBase."""

    log: MemoryLog = field(default_factory=MemoryLog)
    servers: list[MemoryCounters] = field(default_factory=lambda: [MemoryCounters(KEYS, slots) for slots in SERVERS])
    user_events: MemoryUserEvents = field(default_factory=MemoryUserEvents)
    vocabulary: MemoryVocabulary = field(default_factory=MemoryVocabulary)
    snapshots: MemorySnapshots = field(default_factory=MemorySnapshots)

    @property
    def end(self) -> int:
        """The end of the log."""
        return self.log.bounds([PARTITION])[PARTITION][1]

    def applied(self) -> list[Ranges]:
        """Return the ranges of every slot."""
        return [ranges for server in self.servers for ranges in server.applied([PARTITION]).values()]


class Spout:
    """The spout's process."""

    def __init__(self, stores: Stores, events_per_batch: int) -> None:
        self._log = stores.log
        bounds = stores.log.bounds([PARTITION])[PARTITION]
        start = start_of(PARTITION, stores.log.offsets.get(PARTITION), stores.applied(), bounds)
        assert start.gone is None
        self.intake = Intake(PARTITION, start.position, Limits(events_per_batch, 1 << 20, linger_ms=0))
        self._log.start({PARTITION: start.position})

    def next_tuple(self) -> list[Tuple]:
        """Return what the spout emits now: all that is on the log, and what failed."""
        for records in self._log.poll(1000):
            self.intake.add(records, now_ms=0)
        emitted = self.intake.tuples(self._log.position(PARTITION), now_ms=0)
        return [
            Tuple(id_, unpack(partition, first, next_, payload))
            for id_, (partition, first, next_, _, payload) in emitted
        ]

    def commit(self) -> None:
        """Commit what is acked without a gap."""
        self._log.commit({PARTITION: self.intake.committable})

    def check(self, applied: list[Ranges]) -> None:
        """Go back if a slot has forgotten what it had."""
        if (watermark := set_back_to(self.intake.committable, applied)) is not None:
            self.intake.go_back(watermark)
            self._log.seek(PARTITION, watermark)


class DedupLane:
    """A dedup task's process."""

    def __init__(self, stores: Stores, make: Callable[[Window], PartitionDedup]) -> None:
        self._stores = stores
        self._dedup = make(WINDOW)
        self._decoder = EventDecoder(RELEVANCE)

    def judge(self, batch: Batch) -> bytes:
        """Return the letters of a batch."""
        if (gap := self._dedup.missing(batch.first)) is not None:
            self._dedup.begin(gap)
            for piece in WINDOW.pieces(gap):
                snapshot = (
                    piece.slice is not None and gap.restart and self._stores.snapshots.load(PARTITION, piece.slice)
                )
                if snapshot:
                    self._dedup.install(piece.slice or 0, snapshot)
                    continue
                for part in self._stores.log.read(PARTITION, piece.start, piece.end):
                    self._dedup.read(part.next, *self._ids(part)[1:])
        rows, offsets, ids = self._ids(batch)
        duplicates = self._dedup.decide(batch.first, batch.next, offsets, ids)
        for number, finished in self._dedup.finished().items():
            self._stores.snapshots.save(PARTITION, number, finished)
        return verdicts(len(batch), rows, duplicates)

    def _ids(self, batch: Batch) -> tuple[np.ndarray, np.ndarray, list[str]]:
        judged = self._decoder.judge(batch)
        return judged.rows, batch.offsets[judged.rows], texts(judged.columns["id"])


class SinkLane:
    """A sink task's process: the counter's window, and the writer's rows."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._window = FlushWindow(RELEVANCE)
        self._mapper = RowMapper(RELEVANCE)
        self._cells: list[tuple[bytes, bytes, bytes]] = []
        self.held: list[str] = []

    def collect(self, tuple_id: str, batch: Batch, letters: bytes) -> None:
        """Hold a judged batch."""
        self.held.append(tuple_id)
        self._window.add(batch, letters)
        self._cells += self._mapper.cells(batch, letters)

    def flush(self, servers: Iterable[int] = range(len(SERVERS))) -> list[str]:
        """Write what is held, on these servers only if it dies on the way; return the ids it would ack."""
        for row, column, value in self._cells:
            self._stores.user_events.write({row: {column: value}})
        flush = Flush(
            RELEVANCE, self._window, lambda name, labels: np.array(self._stores.vocabulary.codes(name, labels))
        )
        for server in servers:
            self._stores.servers[server].apply(flush)
        held, self.held, self._cells = self.held, [], []
        self._window.clear()
        return held
