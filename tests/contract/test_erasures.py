"""What tombstones promise, in memory and in HBase: none is ever missed, whoever adds and whoever follows."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dealstream.domain.erasure import Tombstone
from dealstream.domain.rows import column, row_key
from dealstream.stores import erasures as module
from dealstream.stores.erasures import Erasures, HBaseErasures, MemoryErasures
from dealstream.stores.open import open_hbase_pool
from tests.support.names import unique_relevance


@pytest.fixture(params=["memory", pytest.param("hbase", marks=pytest.mark.cluster)])
def open_erasures(request) -> Iterator[Callable[[], Erasures]]:
    """Return what opens the tombstones of a deployment; one that others do not write to."""
    if request.param == "memory":
        tombstones: list[Tombstone] = []
        yield lambda: MemoryErasures(tombstones)
        return
    settings, admin = request.getfixturevalue("cluster"), request.getfixturevalue("hbase_admin")
    relevance = unique_relevance()
    admin.create(relevance)
    hbase = open_hbase_pool(settings)
    yield lambda: HBaseErasures(hbase, relevance.erasures_table)
    hbase.close()
    admin.drop(relevance)


def stones(*numbers: int) -> list[Tombstone]:
    return [Tombstone(f"ü-{number}", {0: number, 1: 2**50}) for number in numbers]


def test_each_follower_is_told_of_each_tombstone_once_and_in_order(open_erasures, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    writer, early = open_erasures(), open_erasures()
    assert early.news() == []
    for stone in stones(*range(5)):
        writer.add(stone)
    assert early.news() == stones(*range(5))
    assert early.news() == []
    open_erasures().add(stones(5)[0])
    writer.add(stones(6)[0])
    assert early.news() == stones(5, 6)
    assert open_erasures().news() == stones(*range(7))


def test_many_who_add_at_once_leave_no_gap(open_erasures):
    shared, follower = open_erasures(), open_erasures()
    adders = [shared, shared, open_erasures(), open_erasures()]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: adders[n % 4].add(stones(n)[0]), range(24)))
    assert sorted(stone.ends[0] for stone in follower.news()) == list(range(24))


def test_columns_are_deleted_and_others_are_not(user_events):
    columns = {column(time, "d:0", "shown", str(time)): str(time).encode() for time in range(10, 14)}
    user_events.write({row_key("deleted"): columns, row_key("kept"): columns})
    user_events.delete({row_key("deleted"): set(list(columns)[:3]), row_key("nobody"): set(columns)})
    user_events.delete({})
    assert user_events.events("deleted") == [b"13"]
    assert len(user_events.events("kept")) == 4


def test_a_user_is_erased_and_comes_back(user_events):
    cell = {column(1, "d", "shown", "1"): b"1"}
    user_events.write({row_key("erased"): cell})
    for _ in range(2):
        user_events.erase("erased")
        assert user_events.events("erased") == []
        assert "erased" not in dict(user_events.cells())
    user_events.write({row_key("erased"): {column(2, "d", "shown", "2"): b"2"}})
    assert user_events.events("erased") == [b"2"]
