"""Rows cut into requests."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.stores.hbase_frames import frames

KEYS = st.binary(min_size=1, max_size=3)
ROWS = st.dictionaries(KEYS, st.dictionaries(KEYS, st.binary(max_size=400), min_size=1, max_size=8), max_size=6)


def size_of(rows) -> int:
    return sum(len(value) + 100 for columns in rows.values() for value in columns.values())


@given(ROWS, st.integers(min_value=1, max_value=3000))
def test_every_cell_is_in_one_frame_and_no_frame_is_too_large(rows, limit):
    found = defaultdict(dict)
    for frame in frames(rows, limit):
        cells = sum(map(len, frame.values()))
        assert cells == 1 or size_of(frame) <= limit
        for row, columns in frame.items():
            assert not found[row].keys() & columns.keys()
            found[row] |= columns
    assert found == rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({}, []),
        ({b"a": {b"1": b"." * 100}, b"b": {b"1": b""}}, [[b"a", b"b"]]),
        ({b"a": {b"1": b"." * 100}, b"b": {b"1": b"."}}, [[b"a"], [b"b"]]),
        ({b"a": {b"1": b"." * 900}, b"b": {b"1": b"."}}, [[b"a"], [b"b"]]),
        ({b"a": {b"1": b"", b"2": b"", b"3": b"", b"4": b""}, b"b": {b"1": b""}}, [[b"a"], [b"a", b"b"]]),
    ],
)
def test_a_frame_of_300_bytes(rows, expected):
    assert [list(frame) for frame in frames(rows, 300)] == expected
