"""Rows: a user's events in time order, one cell each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.relevance_table import parse
from dealstream.domain.rows import RowMapper, column, row_key, split_keys, time_of, user_of
from tests.support.events import RELEVANCE, TABLE, batch, event

TIMES = st.integers(0, 2**53)
NAMES = st.text(min_size=1, max_size=10)


def cells(values, letters: bytes, relevance=RELEVANCE):
    return list(RowMapper(relevance).cells(batch(values), letters))


@given(NAMES)
def test_the_user_of_a_row(user):
    assert user_of(row_key(user)) == user


@given(st.lists(st.tuples(TIMES, NAMES, NAMES, NAMES)))
def test_columns_sort_by_time(events):
    columns = sorted(column(*parts) for parts in events)
    assert [time_of(name) for name in columns] == sorted(time for time, *_ in events)


@given(st.tuples(TIMES, NAMES, NAMES, NAMES), st.tuples(TIMES, NAMES, NAMES, NAMES))
def test_two_events_share_a_column_only_if_they_are_one(one, other):
    assert (column(*one) == column(*other)) == (one == other)


def test_a_column_is_as_the_docstring_draws_it():
    assert column(0x0102, "pizza", "shown", "e1") == b"e:\0\0\0\0\0\0\1\2pizza\0shown\0" + b"\x1f~$\x02;P\xea\xef"


def test_a_row_is_as_the_docstring_draws_it():
    assert row_key("ann") == b"\xc8ann"


def test_the_kept_events_become_cells_with_the_json_as_it_came():
    odd = b' {"id":2,"time":"1970-01-01T00:00:00.005Z","type":"bought","user":77,"deal":9,"more":{"x":1}} '
    found = cells([event(1, time=3, user="ann"), odd, event(3), b"{}", event(5, user="ann")], b"KKDRK")
    assert found == [
        (row_key("ann"), column(3, "d1", "shown", "1"), event(1, time=3, user="ann")),
        (row_key("77"), column(5, "9", "bought", "2"), odd),
        (row_key("ann"), column(0, "d1", "shown", "5"), event(5, user="ann")),
    ]


def test_an_event_mapped_again_is_the_same_cell():
    again = [event(1, time=0), event(1, time="1970-01-01T00:00:00Z")]
    (first, second) = cells(again, b"KK")
    assert first[:2] == second[:2]


def test_the_fields_are_those_of_the_deployment():
    fields = {"id": "_id", "time": "at", "type": "what", "user": "who", "deal": "offer"}
    foreign = b'{"_id": 1, "at": 2, "what": "shown", "who": "w", "offer": "o"}'
    ((row, name, value),) = cells([foreign], b"K", parse({**TABLE, "event": fields}))
    assert (row, name, value) == (row_key("w"), column(2, "o", "shown", "1"), foreign)


@pytest.mark.parametrize(
    ("regions", "keys"), [(1, []), (2, [b"\x80"]), (4, [b"\x40", b"\x80", b"\xc0"]), (3, [b"\x55", b"\xaa"])]
)
def test_the_table_is_split_evenly(regions, keys):
    assert split_keys(regions) == keys


def test_users_spread_evenly_over_the_regions():
    users = [row_key(f"user-{number}") for number in range(10_000)]
    for low, high in zip([b"", *split_keys(8)], [*split_keys(8), b"\xff" * 9], strict=True):
        assert sum(low <= row < high for row in users) == pytest.approx(1250, rel=0.1)


def test_256_regions_are_one_a_byte():
    assert split_keys(256) == [bytes([number]) for number in range(1, 256)]
