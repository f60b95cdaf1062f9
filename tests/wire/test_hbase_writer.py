"""The HBase writer over the wire: which cells, in how many mutations."""

import pytest

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
