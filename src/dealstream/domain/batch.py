"""Batches: a contiguous range of offsets of one partition, the unit that travels through Storm as one tuple.

Multilang Storm pays per tuple, so a tuple carries up to ~1,000 events. Its payload is the raw Kafka values, framed,
and compressed (zstd level 1); nobody downstream re-encodes events.

Frame, before compression: ``count`` (int32), then per record the steps between offsets (int64), the steps between
timestamps (int64), the lengths (int32, -1 for null), then every value followed by a newline. Steps rather than numbers,
because equal steps compress to almost nothing.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dealstream.domain import payload
from dealstream.domain.records import NULL, Records

FIELDS = ("partition", "first", "next", "count", "payload")
# what dedup adds: one letter a record
KEEP, DUPLICATE, REJECTED = b"K", b"D", b"R"
JUDGED_FIELDS = (*FIELDS, "verdicts")

_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """The records of one partition in ``[first, next)``; offsets may have gaps (transaction markers, compaction).

    ``timestamps`` are the records' own Kafka timestamps in milliseconds. ``lines`` holds every value followed by a
    newline; ``lengths`` tells them apart (-1 is a null value).
    """

    partition: int
    first: int
    next: int
    offsets: _Int64s
    timestamps: _Int64s
    lengths: npt.NDArray[np.int32]
    lines: bytes

    def __len__(self) -> int:
        return len(self.offsets)

    @cached_property
    def values(self) -> list[bytes | None]:
        """The Kafka values, one a record."""
        ends = np.cumsum(np.maximum(self.lengths, 0) + 1)
        starts = ends - 1 - np.maximum(self.lengths, 0)
        return [
            None if length == NULL else self.lines[start:end]
            for start, end, length in zip(starts.tolist(), (ends - 1).tolist(), self.lengths.tolist(), strict=True)
        ]

    def pack(self) -> bytes:
        """Return the payload of the tuple."""
        frame = b"".join(
            (
                np.int32(len(self)).tobytes(),
                np.diff(self.offsets, prepend=self.first).tobytes(),
                np.diff(self.timestamps, prepend=0).tobytes(),
                self.lengths.tobytes(),
                self.lines,
            )
        )
        return payload.pack(frame)


def of_records(records: Records, first: int, next_: int) -> Batch:
    """Return the batch ``[first, next_)``, in which the log holds just these records."""
    return Batch(records.partition, first, next_, records.offsets, records.timestamps, records.lengths, records.lines())


def unpack(partition: int, first: int, next_: int, packed: bytes) -> Batch:
    """Return the batch of a tuple: the inverse of `Batch.pack`."""
    frame = payload.unpack(packed)
    count = int(np.frombuffer(frame, np.int32, 1)[0])
    offsets = first + np.cumsum(np.frombuffer(frame, np.int64, count, 4))
    timestamps = np.cumsum(np.frombuffer(frame, np.int64, count, 4 + 8 * count))
    lengths = np.frombuffer(frame, np.int32, count, 4 + 16 * count)
    return Batch(partition, first, next_, offsets, timestamps, lengths, frame[4 + 20 * count :])
