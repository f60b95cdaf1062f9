"""Cuts the records of one partition into batches by count, bytes and linger time."""

from dataclasses import dataclass, field

from dealstream.domain.batch import Batch, of_records


@dataclass(frozen=True)
class Limits:
    """A batch is full at ``events`` records or ``bytes`` bytes, and due ``linger_ms`` after its first record came."""

    events: int
    bytes: int
    linger_ms: int


@dataclass
class Cutter:
    """Collects records that rise from ``position``; `cut` takes the batches that are full or due."""

    partition: int
    position: int
    limits: Limits
    _offsets: list[int] = field(default_factory=list)
    _timestamps: list[int] = field(default_factory=list)
    _values: list[bytes | None] = field(default_factory=list)
    _came_ms: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, offset: int, timestamp: int, value: bytes | None, now_ms: float) -> None:
        """Take one record that came at ``now_ms``."""
        self._came_ms.append(now_ms)
        self._offsets.append(offset)
        self._timestamps.append(timestamp)
        self._values.append(value)

    def skip(self, position: int) -> Batch | None:
        """Return an empty batch up to ``position`` if the log holds no records there (only transaction markers)."""
        if self._offsets or position <= self.position:
            return None
        batch = of_records(self.partition, self.position, position, (), (), ())
        self.position = position
        return batch

    def cut(self, now_ms: float) -> list[Batch]:
        """Return the batches that are full; the rest too if it is due."""
        batches = []
        while self._offsets:
            count = self._full()
            if count is None:
                if now_ms - self._came_ms[0] < self.limits.linger_ms:
                    break
                count = len(self._offsets)
            batches.append(self._take(count))
        return batches

    def _full(self) -> int | None:
        """Return how many records fill a batch; None if there are too few."""
        size = 0
        for count, value in enumerate(self._values[: self.limits.events], 1):
            size += len(value or b"")
            if size >= self.limits.bytes:
                return count
        return self.limits.events if len(self._values) >= self.limits.events else None

    def _take(self, count: int) -> Batch:
        next_ = self._offsets[count - 1] + 1
        batch = of_records(
            self.partition, self.position, next_, self._offsets[:count], self._timestamps[:count], self._values[:count]
        )
        del self._offsets[:count], self._timestamps[:count], self._values[:count], self._came_ms[:count]
        self.position = next_
        return batch
