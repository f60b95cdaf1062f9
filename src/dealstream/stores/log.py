"""The log: the contract of reading a deployment's topic, and the in-memory twin. Kafka's side is in kafka_log.

Manual assignment, no automatic commits, and no silent jump: an offset that the log no longer has is an error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dealstream.domain.batch import Batch, of_records


class Record(NamedTuple):
    """One record: ``timestamp`` in milliseconds, by the producer or the broker."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None


class LogTruncatedError(Exception):
    """Kafka does not hold an offset that is needed: it was deleted by retention, or the topic was made anew."""


@dataclass(frozen=True)
class Commit:
    """A commit that was begun. ``succeeded`` tells whether it has reached Kafka; a failed one never does."""

    offsets: Mapping[int, int]
    succeeded: Callable[[], bool]


class Log(Protocol):
    """A partitioned log of records."""

    def partitions(self) -> list[int]:
        """Return the partitions of the topic."""

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""

    def commit(self, offsets: Mapping[int, int]) -> "Commit":
        """Begin to commit offsets by partition; does not wait."""

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions, and only these, from these offsets on."""

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading one of them from another offset."""

    def poll(self, limit: int) -> list[Record]:
        """Return up to ``limit`` of the records that are here already; does not wait.

        Raises:
            LogTruncatedError: a position is not in the log any more.

        """

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read of a partition."""

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)`` of a partition, in order, waiting for it.

        The last batch ends at ``end``. What retention has deleted is passed over.
        """


class MemoryLog:
    """A log in lists."""

    def __init__(self, partitions: int = 1) -> None:
        self.records: dict[int, list[Record]] = {partition: [] for partition in range(partitions)}
        self.offsets: dict[int, int] = {}
        self._bounds = dict.fromkeys(self.records, (0, 0))
        self._positions: dict[int, int] = {}

    def append(self, partition: int, value: bytes | None, timestamp: int = 0) -> None:
        """Add a record at the end."""
        self.records[partition].append(Record(partition, self._bounds[partition][1], timestamp, value))
        self.skip(partition)

    def skip(self, partition: int) -> None:
        """Leave an offset out, as the marker at the end of a transaction does."""
        first, end = self._bounds[partition]
        self._bounds[partition] = (first, end + 1)

    def truncate(self, partition: int, offset: int) -> None:
        """Delete what is older, as retention does."""
        self.records[partition] = [record for record in self.records[partition] if record.offset >= offset]
        self._bounds[partition] = (offset, self._bounds[partition][1])

    def partitions(self) -> list[int]:
        """Return the partitions."""
        return list(self.records)

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""
        return {partition: self._bounds[partition] for partition in partitions}

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""
        return {partition: self.offsets.get(partition) for partition in partitions}

    def commit(self, offsets: Mapping[int, int]) -> Commit:
        """Commit offsets by partition."""
        self.offsets.update(offsets)
        return Commit(offsets, lambda: True)

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._positions = dict(positions)

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a partition from another offset."""
        self._positions[partition] = offset

    def poll(self, limit: int) -> list[Record]:
        """Return up to ``limit`` records."""
        found: list[Record] = []
        for partition, position in self._positions.items():
            first, end = self._bounds[partition]
            if not first <= position <= end:
                raise LogTruncatedError(f"partition {partition} does not hold {position}, but [{first}, {end})")
            rest = [record for record in self.records[partition] if record.offset >= position]
            taken = rest[: limit - len(found)]
            found += taken
            self._positions[partition] = end if len(taken) == len(rest) else taken[-1].offset + 1 if taken else position
        return found

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read."""
        return self._positions[partition]

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)``."""
        yield batch_of(partition, start, end, [r for r in self.records[partition] if start <= r.offset < end])


def batch_of(partition: int, first: int, next_: int, records: Sequence[Record]) -> Batch:
    """Return the batch ``[first, next_)`` of what was read of a partition."""
    offsets, timestamps, values = (
        zip(*((r.offset, r.timestamp, r.value) for r in records), strict=True) if records else ((), (), ())
    )
    return of_records(partition, first, next_, offsets, timestamps, values)
