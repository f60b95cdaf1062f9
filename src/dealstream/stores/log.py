"""The log: the contract of reading a deployment's topic, and the in-memory twin. Kafka's side is in kafka_log.

Manual assignment, no automatic commits, and no silent jump: an offset that the log no longer has is an error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.records import Records


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

    def poll(self, limit: int) -> list[Records]:
        """Return the records that are here already, in pieces of a partition each; does not wait.

        The last of them is the one with which there are ``limit`` records or more.

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
        self.records = {partition: Records.of(partition, (), (), ()) for partition in range(partitions)}
        self.offsets: dict[int, int] = {}
        self._bounds = dict.fromkeys(self.records, (0, 0))
        self._positions: dict[int, int] = {}

    def append(self, partition: int, value: bytes | None, timestamp: int = 0) -> None:
        """Add a record at the end."""
        record = Records.of(partition, [self._bounds[partition][1]], [timestamp], [value])
        self.records[partition] = Records.joined([self.records[partition], record])
        self.skip(partition)

    def skip(self, partition: int) -> None:
        """Leave an offset out, as the marker at the end of a transaction does."""
        first, end = self._bounds[partition]
        self._bounds[partition] = (first, end + 1)

    def truncate(self, partition: int, offset: int) -> None:
        """Delete what is older, as retention does."""
        self.records[partition] = self._from(partition, offset)
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

    def poll(self, limit: int) -> list[Records]:
        """Return up to ``limit`` records."""
        found: list[Records] = []
        for partition, position in self._positions.items():
            first, end = self._bounds[partition]
            if not first <= position <= end:
                raise LogTruncatedError(f"partition {partition} does not hold {position}, but [{first}, {end})")
            rest = self._from(partition, position)
            taken = rest[:limit]
            limit -= len(taken)
            found += [taken] if taken else []
            if len(taken) == len(rest):
                self._positions[partition] = end
            elif taken:
                self._positions[partition] = int(taken.offsets[-1]) + 1
        return found

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read."""
        return self._positions[partition]

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)``."""
        found = self._from(partition, start)
        yield of_records(found[: int(np.searchsorted(found.offsets, end))], start, end)

    def _from(self, partition: int, offset: int) -> Records:
        records = self.records[partition]
        return records[int(np.searchsorted(records.offsets, offset)) :]
