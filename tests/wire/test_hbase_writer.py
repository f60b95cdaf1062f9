"""The HBase writer over the wire: which cells, in how many mutations."""

import pytest

from dealstream.domain.erasure import Tombstone
from dealstream.domain.rows import column, row_key
from tests.support.events import batch, event
from tests.support.sinks import Writer


@pytest.fixture
def writer(tmp_path):
    writer = Writer(tmp_path)
    with writer.wire:
        yield writer


def test_a_users_events_of_one_flush_are_one_row(writer):
    anns = [event(number, user="ann", time=number) for number in (1, 2, 3)]
    bobs = event(9, user="bob", time=9)
    writer.hold("t1", batch([anns[0], bobs]), "KK")
    assert writer.hold("t2", batch(anns[1:], first=2), "KK") == [("ack", "t1"), ("ack", "t2")]
    assert writer.store.writes == [
        {
            row_key("ann"): {column(number, "d1", "shown", str(number)): anns[number - 1] for number in (1, 2, 3)},
            row_key("bob"): {column(9, "d1", "shown", "9"): bobs},
        }
    ]


def test_events_are_read_back_as_they_came(writer):
    odd = b' {"user":"ann","id":1,"time":"1970-01-01T00:00:01Z","type":"bought","deal":7,"more":[{}]} '
    writer.hold("t1", batch([odd, event(2, user="ann", time=5), b"no event", event(2, user="ann")]), "KKRD")
    assert writer.store.events("ann") == [event(2, user="ann", time=5), odd]


def test_a_flush_with_nothing_kept_writes_nothing(writer):
    assert writer.send(1, size=4, letters="DDDD") == [("ack", "t1")]
    assert writer.store.writes == []


def erase(writer, end: int, user: str = "ann") -> None:
    """Erase a user as the service does."""
    writer.erasures.add(Tombstone(user, {0: end}))
    writer.store.erase(user)


def test_a_replay_does_not_bring_an_erased_user_back(writer):
    anns, bobs = event(1, user="ann", time=1), event(2, user="bob", time=2)
    writer.hold("t1", batch([anns, bobs, bobs, bobs]), "KKDD")
    erase(writer, end=4)
    assert writer.hold("t1 again", batch([anns, bobs, bobs, bobs]), "KKDD") == [("ack", "t1 again")]
    assert (writer.store.events("ann"), writer.store.events("bob")) == ([], [bobs])


def test_what_a_user_does_after_the_erasure_is_kept_whatever_time_it_has(writer):
    old, new = event(1, user="ann", time=10**12), event(2, user="ann", time=0)
    erase(writer, end=1)
    writer.hold("t1", batch([old, new, old, old]), "KKDD")
    assert writer.store.events("ann") == [new]


def test_an_erasure_of_another_partition_is_none_of_this_one(writer):
    writer.erasures.add(Tombstone("ann", {1: 100}))
    writer.hold("t1", batch([event(n, user="ann", time=n) for n in range(4)]), "KKKK")
    assert len(writer.store.events("ann")) == 4


def test_an_erasure_while_we_write_is_not_undone(writer, monkeypatch):
    """The service puts the tombstone and deletes the row after the bolt has looked, and before it writes."""
    write = writer.store.write

    def erase_and_write(rows):
        erase(writer, end=3)
        write(rows)

    monkeypatch.setattr(writer.store, "write", erase_and_write)
    new = event(4, user="ann", time=4)
    values = [*(event(n, user="ann", time=n) for n in range(3)), new]
    assert writer.hold("t1", batch(values), "KKKK") == [("ack", "t1")]
    assert writer.store.events("ann") == [new]


def test_a_user_erased_twice_is_erased_up_to_the_second_time(writer):
    for end in (3, 1):
        erase(writer, end)
    writer.hold("t1", batch([event(n, user="ann", time=n) for n in range(4)]), "KKKK")
    assert writer.store.events("ann") == [event(3, user="ann", time=3)]
