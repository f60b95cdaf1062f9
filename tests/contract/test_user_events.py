"""What the users' events promise, in memory and in HBase."""

from uuid import uuid4

import pytest

from dealstream.domain.rows import column, row_key
from dealstream.stores.user_events import SCAN_AT_ONCE


@pytest.fixture
def user() -> str:
    """Return a user whom no other test knows."""
    return f"user-{uuid4().hex[:8]}"


def cells(times, value=b"event at %d") -> dict[bytes, bytes]:
    return {column(time, "d", "shown", str(time)): value % time for time in times}


def at(*times) -> list[bytes]:
    return [b"event at %d" % time for time in times]


def test_events_come_in_time_order_whatever_order_they_were_written_in(user_events, user):
    user_events.write({row_key(user): cells([300, 100])})
    user_events.write({row_key(user): cells([2**40, 200, 256, 255])})
    assert user_events.events(user) == at(100, 200, 255, 256, 300, 2**40)


@pytest.mark.parametrize(("limit", "times"), [(None, [1, 2, 3]), (0, []), (1, [3]), (2, [2, 3]), (99, [1, 2, 3])])
def test_a_limit_leaves_the_newest(user_events, user, limit, times):
    user_events.write({row_key(user): cells([1, 2, 3])})
    assert user_events.events(user, limit) == at(*times)


def test_an_event_written_twice_is_one_cell(user_events, user):
    for _ in range(2):
        user_events.write({row_key(user): cells([1, 2])})
    assert user_events.events(user) == at(1, 2)
    assert dict(user_events.cells())[user] == 2


def test_an_unknown_user_has_no_events(user_events, user):
    assert user_events.events(user) == []


def test_nothing_to_write_is_nothing(user_events):
    user_events.write({})


@pytest.mark.parametrize("name", ["ü€😀", "with space", "nul\0in", "line\nend", "x" * 200, "7", ":", "\0"])
def test_users_have_names_of_any_kind(user_events, user, name):
    for each in (name, name + user):
        user_events.write({row_key(each): cells([1])})
        assert user_events.events(each) == at(1)
    assert {name, name + user} <= dict(user_events.cells()).keys()


@pytest.mark.parametrize("value", [b"", b"\0", bytes(range(256)), b"\xff" * 300_000])
def test_an_event_is_kept_as_it_came(user_events, user, value):
    user_events.write({row_key(user): {column(1, "d", "shown", "e"): value}})
    assert user_events.events(user) == [value]


def test_every_user_is_told_once_with_the_number_of_cells(user_events, user):
    """More users than one scan asks for at once, twice over and a few."""
    users = {f"{user}-{number}": number % 4 + 1 for number in range(2 * SCAN_AT_ONCE + 50)}
    user_events.write({row_key(name): cells(range(count)) for name, count in users.items()})
    found = [(name, count) for name, count in user_events.cells() if name.startswith(user)]
    assert len(found) == len(users)
    assert dict(found) == users
    rows = [row_key(name) for name, _ in user_events.cells()]
    assert rows == sorted(rows)
