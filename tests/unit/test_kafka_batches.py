"""Record batches read by columns, compared with kafka-python's own reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from dealstream.stores.kafka_batches import decode

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
BYTES = st.none() | st.binary(max_size=300)
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=200)), max_size=2)
RECORDS = st.lists(st.tuples(st.integers(0, 2**41), BYTES, BYTES, HEADERS), min_size=1, max_size=20)


def written(records, compression=NONE) -> bytes:
    """Return the bytes of a batch whose offsets start at 0."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=compression,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, (timestamp, key, value, headers) in enumerate(records):
        assert builder.append(offset, timestamp, key, value, headers) is not None
    return bytes(builder.build())


def moved(data: bytes, base: int) -> bytes:
    """Return the batch at the offset that a broker gives it."""
    return base.to_bytes(8, "big") + data[8:]


@given(RECORDS, st.sampled_from([NONE, GZIP, SNAPPY, LZ4, ZSTD]), st.integers(0, 2**50))
def test_it_finds_what_kafka_python_finds(records, compression, base):
    data = moved(written(records, compression), base)
    found = decode(3, DefaultRecordBatch(data))
    expected = list(DefaultRecordBatch(data))
    assert found.partition == 3
    assert found.offsets.tolist() == [record.offset for record in expected]
    assert found.timestamps.tolist() == [record.timestamp for record in expected]
    assert found.values == [record.value for record in expected]
    assert found.lengths.tolist() == [-1 if record.value is None else len(record.value) for record in expected]


def test_a_broker_may_have_set_the_timestamps():
    data = bytearray(written([(1000, None, b"a", []), (2000, None, b"b", [])]))
    data[22] |= 0x08  # the second byte of the attributes: log append time
    assert decode(0, DefaultRecordBatch(bytes(data))).timestamps.tolist() == [2000, 2000]


@given(RECORDS, st.data())
def test_what_is_cut_off_is_corrupt(records, data):
    whole = written(records)
    end = data.draw(st.integers(DefaultRecordBatch.HEADER_STRUCT.size, len(whole) - 1))
    with pytest.raises(CorruptRecordError):
        decode(0, DefaultRecordBatch(whole[:end]))


@given(RECORDS, st.integers(0), st.integers(1, 255))
def test_damage_is_an_error_or_stays_within_its_record(records, where, damage):
    """The checksum, which is looked at before, finds all of it; what is read here must not go astray without."""
    data = bytearray(written(records))
    body = len(data) - DefaultRecordBatch.HEADER_STRUCT.size
    data[DefaultRecordBatch.HEADER_STRUCT.size + where % body] ^= damage
    try:
        found = decode(0, DefaultRecordBatch(bytes(data)))
    except CorruptRecordError:
        return
    assert sum(len(value or b"") for value in found.values) <= body
    assert len(found) == len(records)
