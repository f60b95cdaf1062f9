"""Kafka record batches as bytes: built once, sent as often as wanted with the moment of sending put in."""

import struct
from collections.abc import Sequence

from kafka.record import MemoryRecordsBuilder
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.util import calc_crc32c

MAGIC, ZSTD = 2, 4
_NO_LIMIT = 1 << 30
_HEADER = DefaultRecordBatchBuilder
# after attributes (int16) and last offset delta (int32) come the first and the last timestamp
_TIMESTAMPS_OFFSET = _HEADER.ATTRIBUTES_OFFSET + struct.calcsize(">hi")


def build(keys: Sequence[bytes], values: Sequence[bytes]) -> bytes:
    """Return one compressed batch of these records; all have the same timestamp."""
    builder = MemoryRecordsBuilder(MAGIC, ZSTD, _NO_LIMIT)
    for key, value in zip(keys, values, strict=True):
        builder.append(0, key, value)
    builder.close()
    return bytes(builder.buffer())


def stamped(batch: bytes, timestamp_ms: int) -> bytearray:
    """Return the batch with this timestamp, which is outside of what is compressed, and the checksum that fits."""
    fresh = bytearray(batch)
    struct.pack_into(">qq", fresh, _TIMESTAMPS_OFFSET, timestamp_ms, timestamp_ms)
    struct.pack_into(">I", fresh, _HEADER.CRC_OFFSET, calc_crc32c(memoryview(fresh)[_HEADER.ATTRIBUTES_OFFSET :]))
    return fresh
