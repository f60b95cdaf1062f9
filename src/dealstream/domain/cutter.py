"""Cuts the records of one partition into batches by count, bytes and linger time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.records import NULL, Records


@dataclass(frozen=True)
class Limits:
    """A batch is full at ``events`` records or ``bytes`` bytes, and due ``linger_ms`` after its first record came."""

    events: int
    bytes: int
    linger_ms: int


class Cutter:
    """Collects records that rise from ``position``; `cut` takes the batches that are full or due."""

    def __init__(self, partition: int, position: int, limits: Limits) -> None:
        self.position = position
        self._limits = limits
        self._waiting = Records.of(partition, (), (), ())
        self._came_ms = np.zeros(0)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, records: Records, now_ms: float) -> None:
        """Take records that came at ``now_ms``."""
        self._came_ms = np.concatenate([self._came_ms, np.full(len(records), now_ms)])
        self._waiting = Records.joined([self._waiting, records])

    def skip(self, position: int) -> Batch | None:
        """Return an empty batch up to ``position`` if the log holds no records there (only transaction markers)."""
        if self._waiting or position <= self.position:
            return None
        batch = of_records(self._waiting, self.position, position)
        self.position = position
        return batch

    def cut(self, now_ms: float) -> list[Batch]:
        """Return the batches that are full; the rest too if it is due."""
        bounds = self._full()
        done = bounds[-1]
        if done < len(self) and now_ms - self._came_ms[done] >= self._limits.linger_ms:
            bounds.append(len(self))
        batches = [self._batch(start, end) for start, end in pairwise(bounds)]
        self._waiting, self._came_ms = self._waiting[bounds[-1] :], self._came_ms[bounds[-1] :]
        return batches

    def _full(self) -> list[int]:
        """Return where the full batches begin and end among what waits."""
        sizes = np.cumsum(self._waiting.lengths, dtype=np.int64) + np.cumsum(self._waiting.lengths == NULL)
        bounds, before = [0], 0
        while True:
            by_bytes = int(np.searchsorted(sizes, before + self._limits.bytes)) + 1
            end = min(by_bytes, bounds[-1] + self._limits.events)
            if end > len(sizes):
                return bounds
            bounds.append(end)
            before = int(sizes[end - 1])

    def _batch(self, start: int, end: int) -> Batch:
        records = self._waiting[start:end]
        batch = of_records(records, self.position, int(records.offsets[-1]) + 1)
        self.position = batch.next
        return batch
