"""The benchmark's stream: the same in every run, and as record batches what it is as text."""

import json
from itertools import chain
from pathlib import Path

import pytest
from kafka.record import MemoryRecords

from bench import record_batches
from bench.deployed import RELEVANCE
from bench.market import BLOCK, Kind, Market
from bench.stream import PARTITIONS, made
from dealstream.domain.batch import of_records
from dealstream.domain.event import EventDecoder
from dealstream.domain.records import Records
from dealstream.settings import load_relevance


@pytest.mark.parametrize("kind", Kind)
def test_a_block_is_a_function_of_seed_and_number(kind):
    block = Market(kind, 7).block(3)
    again = Market(kind, 7).block(3)
    assert block.lines == again.lines
    assert block.users.tolist() == again.users.tolist()
    assert len(block.lines) == len(set(block.lines)) == BLOCK


def test_every_line_is_an_event_that_counts_in_thirty_buckets():
    relevance = load_relevance(RELEVANCE)
    lines = Market(Kind.MARKET, 1).block(0).lines
    batch = of_records(Records.of(0, range(BLOCK), [0] * BLOCK, lines), 0, BLOCK)
    judged = EventDecoder(relevance).judge(batch)
    assert not judged.reasons
    assert len(judged.rows) == BLOCK
    assert len(relevance.layout.cuboids) == 30
    assert len(relevance.dimensions) == 11


def test_the_file_holds_the_stream_each_user_in_one_partition(tmp_path: Path):
    stream = made(Kind.MARKET, 2, tmp_path)
    assert made(Kind.MARKET, 2, tmp_path) == stream

    batches = list(chain.from_iterable(stream.blocks(0, 2)))
    later = list(chain.from_iterable(stream.blocks(1, 2)))
    lines = [line for text in stream.texts(2) for line in text.split(b"\n")]

    assert batches[-len(later) :] == later
    assert {batch.partition for batch in batches} == set(range(PARTITIONS))
    sent = [(batch.partition, record) for batch in batches for record in _records(batch.data)]
    assert sorted(record.value for _, record in sent) == sorted(lines)
    assert len({(record.key, partition) for partition, record in sent}) == len({record.key for _, record in sent})
    for batch in batches:
        records = _records(batch.data)
        assert len(records) == batch.count
        assert records[-1].value == batch.last
        assert json.loads(batch.last)["user"].encode() == records[-1].key


def test_a_batch_is_stamped_without_being_made_anew():
    batch = record_batches.build([b"a", b"b"], [b"1", b"2"])
    stamped = bytes(record_batches.stamped(batch, 1_700_000_000_123))
    assert [(r.timestamp, r.key, r.value) for r in _records(stamped)] == [
        (1_700_000_000_123, b"a", b"1"),
        (1_700_000_000_123, b"b", b"2"),
    ]


def _records(data: bytes):
    (batch,) = MemoryRecords(data)
    assert batch.validate_crc()
    return list(batch)
