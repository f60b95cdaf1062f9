"""The cutter: batches by count, bytes and linger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.cutter import Cutter, Limits
from dealstream.domain.records import Records
from tests.support.logs import end_of, entries

MANY, LONG = 10**9, 10**9


def cutter(events=MANY, size=MANY, linger_ms=LONG, position=0) -> Cutter:
    return Cutter(0, position, Limits(events, size, linger_ms))


def add(cutting, offsets, value, now_ms) -> None:
    cutting.add(Records.of(0, offsets, [0] * len(offsets), [value] * len(offsets)), now_ms)


def bounds(batches) -> list[tuple[int, int, int]]:
    return [(batch.first, batch.next, len(batch)) for batch in batches]


@pytest.mark.parametrize(
    ("limits", "now_ms", "expected"),
    [
        ({"events": 2}, 0, [(0, 2, 2), (2, 4, 2)]),
        ({"events": 5}, 0, [(0, 5, 5)]),
        ({"events": 6}, 0, []),
        ({"size": 10}, 0, [(0, 2, 2), (2, 4, 2)]),  # each value has five bytes
        ({"size": 11}, 0, [(0, 3, 3)]),
        ({"size": 1}, 0, [(number, number + 1, 1) for number in range(5)]),
        ({"events": 2, "size": 15}, 0, [(0, 2, 2), (2, 4, 2)]),
        ({"events": 4, "size": 10}, 0, [(0, 2, 2), (2, 4, 2)]),
        ({"linger_ms": 100}, 99, []),
        ({"linger_ms": 100}, 100, [(0, 5, 5)]),
        ({"events": 3, "linger_ms": 100}, 100, [(0, 3, 3), (3, 5, 2)]),
    ],
)
def test_five_records_that_came_at_once(limits, now_ms, expected):
    cutting = cutter(**limits)
    add(cutting, range(5), b"12345", 0)
    assert bounds(cutting.cut(now_ms)) == expected
    assert len(cutting) == 5 - sum(count for _, _, count in expected)


def test_linger_counts_from_the_first_record_that_still_waits():
    """Records come at 0, 60 and 70 ms; two fill a batch, the linger is 100 ms.

    0 ......... 60 . 70 ................... 170
    0           1 -> [0, 2)
                     2                      -> [2, 3)
    """
    cutting = cutter(events=2, linger_ms=100)
    add(cutting, [0], b"", 0)
    add(cutting, [1], b"", 60)
    add(cutting, [2], b"", 70)
    assert bounds(cutting.cut(70)) == [(0, 2, 2)]
    assert bounds(cutting.cut(169)) == []
    assert bounds(cutting.cut(170)) == [(2, 3, 1)]


def test_gaps_belong_to_the_batch_that_follows_them():
    """Offsets 2 and 5 are transaction markers: 0 1 . 3 4 . 6."""
    cutting = cutter(events=2)
    add(cutting, [0, 1, 3, 4, 6, 7], b"", 0)
    cut = cutting.cut(0)
    assert bounds(cut) == [(0, 2, 2), (2, 5, 2), (5, 8, 2)]
    assert [batch.offsets.tolist() for batch in cut] == [[0, 1], [3, 4], [6, 7]]


def test_markers_at_the_end_are_an_empty_batch_once_nothing_waits():
    cutting = cutter(events=2, position=5)
    assert cutting.skip(5) is None
    assert bounds([cutting.skip(7)]) == [(5, 7, 0)]
    add(cutting, [8], b"", 0)
    assert cutting.skip(9) is None, "a record waits"
    add(cutting, [9], b"", 0)
    assert bounds(cutting.cut(0)) == [(7, 10, 2)]
    assert cutting.skip(10) is None


def test_a_null_value_has_no_bytes_but_is_a_record():
    cutting = cutter(events=2, size=1)
    cutting.add(Records.of(0, [0, 1], [7, 8], [None, None]), 0)
    (batch,) = cutting.cut(0)
    assert (batch.values, batch.timestamps.tolist()) == ([None, None], [7, 8])


@given(entries(st.binary(max_size=9), max_size=30), st.data())
def test_nothing_is_lost_doubled_or_reordered(log, data):
    limits = {"events": data.draw(st.integers(1, 6)), "size": data.draw(st.integers(1, 30)), "linger_ms": 5}
    cutting, now, batches = cutter(**limits), 0, []
    left = list(log)
    while left:
        now += data.draw(st.integers(0, 4))
        count = data.draw(st.integers(1, len(left)))
        offsets, values = zip(*left[:count], strict=True)
        left = left[count:]
        cutting.add(Records.of(0, offsets, [1000 + offset for offset in offsets], values), now)
        if data.draw(st.booleans()):
            batches += cutting.cut(now)
    batches += cutting.cut(now + limits["linger_ms"])
    records = [record for cut in batches for record in zip(cut.offsets.tolist(), cut.values, strict=True)]
    assert records == list(log)
    assert [batch.first for batch in batches] == [0, *(batch.next for batch in batches)][: len(batches)]
    assert (batches[-1].next if batches else 0) == cutting.position == end_of(log)
    for batch in batches:
        assert 1 <= len(batch) <= limits["events"]
        assert sum(map(len, batch.values[:-1])) < limits["size"], "it was full before its last record"
        assert batch.timestamps.tolist() == [1000 + offset for offset in batch.offsets.tolist()]
