"""kafka-python's consumer, giving out `Records` instead of one object a record, which costs it 5 us a record.

Only the inside of a record batch is read here, by numpy: one loop finds where each record begins, the rest are columns.
Fetching, positions, checksums, compression and errors stay kafka-python's. The format is that of
https://kafka.apache.org/documentation/#recordbatch (magic 2, the only one that Kafka 4 writes).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from kafka.consumer.fetcher import Fetcher
from kafka.errors import CorruptRecordError, KafkaError, UnsupportedVersionError

from dealstream.domain.records import NULL, Records

# so many records are given out at a time, if there are as many
PIECE = 1000
_Int64s = npt.NDArray[np.int64]


def give_out_pieces(consumer: Any) -> None:  # noqa: ANN401 -- kafka-python is half typed
    """Let ``poll`` of a KafkaConsumer return lists of `Records` by partition; ``max_records`` counts these."""
    consumer._fetcher.PartitionRecords = _PartitionPieces


class _PartitionPieces(Fetcher.PartitionRecords):
    """What a fetch has brought of one partition."""

    next_fetch_offset: int

    def _unpack_records(self, tp: Any, records: Any, *deserializers: Any) -> Iterator[Records]:  # noqa: ANN401
        """Yield the pieces; ``next_fetch_offset`` is always where the last one ends."""
        waiting = Records.of(tp.partition, (), (), ())
        end = self.next_fetch_offset
        try:
            while (batch := records.next_batch()) is not None:
                waiting = Records.joined([waiting, *self._records(tp.partition, batch)])
                end = batch.next_offset
                while len(waiting) >= PIECE:
                    yield self._counted(waiting[:PIECE])
                    waiting = waiting[PIECE:]
        except KafkaError:
            if waiting:  # what is before the damage is good
                yield self._counted(waiting)
            raise
        if waiting:
            yield self._counted(waiting)
        self.next_fetch_offset = end
        self.drain()

    def _maybe_skip_record(self, record: Records) -> bool:
        """Skip nothing: that was done already."""
        return False

    def _records(self, partition: int, batch: Any) -> list[Records]:  # noqa: ANN401
        """Return the records of a producer's batch that were asked for; nothing if it is a marker of a transaction."""
        if self.check_crcs and not batch.validate_crc():
            raise CorruptRecordError(f"partition {partition}: the batch at {batch.base_offset} fails its checksum")
        if batch.magic != 2:
            raise UnsupportedVersionError(f"partition {partition}: a batch of format {batch.magic}; Kafka 4 writes 2")
        self.leader_epoch = batch.leader_epoch
        if batch.is_control_batch:
            return []
        found = decode(partition, batch)
        return [found[int(np.searchsorted(found.offsets, self.fetch_offset)) :]]

    def _counted(self, piece: Records) -> Records:
        """Note that a piece is given out."""
        self.next_fetch_offset = int(piece.offsets[-1]) + 1
        self.records_read += len(piece)
        self.bytes_read += int(piece.lengths.sum())
        return piece


def decode(partition: int, batch: Any) -> Records:  # noqa: ANN401
    """Return the records of a kafka-python ``DefaultRecordBatch``.

    Raises:
        CorruptRecordError: they are not what the batch's header says.

    """
    iter(batch)  # decompresses it
    data = bytes(memoryview(batch._buffer)[batch._pos :])
    try:
        starts, ends = _bounds(data, batch.records_count)
        numbers = _Varints(data, starts + 1)  # after a byte of attributes
        timestamps, offsets, key_lengths = numbers.read(), numbers.read(), numbers.read()
        numbers.skip(np.maximum(key_lengths, 0))
        lengths = numbers.read()
    except IndexError as error:
        raise CorruptRecordError(f"the batch at {batch.base_offset} is cut off") from error
    value_ends = numbers.at + np.maximum(lengths, 0)
    if (value_ends > ends).any() or (lengths < NULL).any():
        raise CorruptRecordError(f"the batch at {batch.base_offset} has a value that is longer than its record")
    places = zip(numbers.at.tolist(), value_ends.tolist(), strict=True)
    values: list[bytes | None] = [data[start:end] for start, end in places]
    for row in np.flatnonzero(lengths == NULL).tolist():
        values[row] = None
    if batch.timestamp_type == batch.LOG_APPEND_TIME:
        timestamps[:] = batch.max_timestamp - batch.first_timestamp
    return Records(
        partition, batch.base_offset + offsets, batch.first_timestamp + timestamps, lengths.astype(np.int32), values
    )


def _bounds(data: bytes, count: int) -> tuple[_Int64s, _Int64s]:
    """Return where each record begins, after its length, and where it ends."""
    starts, ends, end = [], [], 0
    for _ in range(count):
        byte = data[end]
        length, shift, end = byte & 0x7F, 7, end + 1
        while byte > 0x7F:
            byte = data[end]
            length, shift, end = length | (byte & 0x7F) << shift, shift + 7, end + 1
        starts.append(end)
        end += length >> 1
        ends.append(end)
    if end != len(data):
        raise CorruptRecordError(f"records of {end} bytes in a batch of {len(data)}")
    return np.array(starts, np.int64), np.array(ends, np.int64)


class _Varints:
    """Reads numbers of varying length, one at each of many places at a time; zigzag, as Protocol Buffers have them."""

    def __init__(self, data: bytes, at: _Int64s) -> None:
        self._data = np.frombuffer(data, np.uint8)
        self.at = at

    def skip(self, lengths: _Int64s) -> None:
        """Go on so many bytes further at each place."""
        self.at = self.at + lengths

    def read(self) -> _Int64s:
        """Return the numbers, and go on behind them."""
        found, at, rows = np.zeros(len(self.at), np.uint64), self.at.copy(), np.arange(len(self.at))
        for shift in range(0, 70, 7):
            bytes_ = self._data[at[rows]]
            found[rows] |= (bytes_ & 0x7F).astype(np.uint64) << np.uint64(shift)
            at[rows] += 1
            rows = rows[bytes_ > 0x7F]
            if not len(rows):
                break
        self.at = at
        return (found >> np.uint64(1)).astype(np.int64) ^ -(found & np.uint64(1)).astype(np.int64)
