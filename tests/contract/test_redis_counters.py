"""What only a real Redis can do: conflict, die, freeze, fill up, and come back with an older dump."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Barrier

import pytest

from dealstream.domain import cube
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_transactions import MAX_CONFLICTS
from tests.support.flushes import varied_log
from tests.support.redis_store import RedisStore


@pytest.fixture
def store(own_redis) -> Iterator[RedisStore]:
    """Return a store on two servers of the test's own, that must answer within 300 ms."""
    store = RedisStore(own_redis, timeout_ms=300)
    yield store
    store.close()


@pytest.fixture(params=["two servers", "redis cluster"])
def steady_store(request) -> Iterator[RedisStore]:
    """Return a store on servers that stay up."""
    if request.param == "redis cluster":
        store = RedisStore(request.getfixturevalue("shared_nodes").nodes, cluster=True)
    else:
        store = RedisStore(request.getfixturevalue("shared_redis"))
    yield store
    store.close()


@pytest.mark.parametrize("deals", [1, 20], ids=["one cube, folded all the time", "many cubes"])
def test_two_tasks_that_count_the_same_at_once_end_exact(steady_store, deals):
    """Two tasks flush overlapping parts in turn: as when a partition moved, and both think it is theirs.

    one     [0---10)[10--20) ...
    other     [7-----17)[17--27) ...
    """
    steady_store.log = varied_log(200, deals)
    meet = Barrier(2)

    def count(start: int) -> None:
        counters = steady_store.open()
        for first in range(start, 200, 10):
            flush = steady_store.flush((0 if first == start else first, min(first + 10, 200)))
            meet.wait(10)
            counters.apply(flush)

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(count, 0), pool.submit(count, 7)]:
            task.result()
    steady_store.assert_exact()
    assert {ranges.dump() for ranges in steady_store.counters.applied([0]).values()} == {b"0-200"}
    if deals == 1:
        assert steady_store.counters.cubes("deal", ["d0"])["d0"].epoch > 0


def test_what_another_task_counts_within_a_transaction_is_not_counted_twice(steady_store):
    other = steady_store.open()
    flush = steady_store.flush((0, 200), meanwhile=[lambda: other.apply(steady_store.flush((50, 120)))])
    steady_store.counters.apply(flush)
    steady_store.assert_exact()


def test_a_cube_that_grows_while_it_is_folded_is_folded_all_the_same(steady_store, monkeypatch):
    steady_store.log = varied_log(200, deals=1)
    other, fold_all, meanwhile = steady_store.open(), cube.fold_all, iter([(100, 150), (150, 200)])

    def interrupted(datas: Sequence[bytes]) -> list[bytes]:
        if piece := next(meanwhile, None):
            other.apply(steady_store.flush(piece))
        return fold_all(datas)

    monkeypatch.setattr(cube, "fold_all", interrupted)
    for first in range(0, 100, 10):
        steady_store.counters.apply(steady_store.flush((first, first + 10)))
    steady_store.assert_exact()
    assert list(meanwhile) == []
    assert steady_store.counters.cubes("deal", ["d0"])["d0"].epoch > 0


def test_endless_conflicts_are_a_store_that_is_unavailable(steady_store):
    """Every slot of a server is watched, the last one too."""
    key, server = steady_store.keys.applied(6, 0), steady_store.holder(6)

    def write() -> None:
        with server.client() as client:
            client.set(key, b"")

    with pytest.raises(StoreUnavailableError, match=f"{MAX_CONFLICTS} conflicts in a row"):
        steady_store.counters.apply(steady_store.flush((0, 200), meanwhile=repeat(write)))
    steady_store.counters.apply(steady_store.flush((0, 200)))
    steady_store.assert_exact()


@pytest.mark.parametrize("set_back", [[0], [1], [0, 1]], ids=["one server", "the other", "both"])
def test_a_server_that_restarts_from_an_older_dump_is_completed_by_the_same_flushes(store, set_back):
    """Flushes 0-60, 60-130 and 130-200; a dump lies between the first two. All three are applied again."""
    flushes = [store.flush((0, 60)), store.flush((60, 100), (100, 130)), store.flush((130, 200))]
    store.counters.apply(flushes[0])
    for server in store.servers:
        server.dump()
    for flush in flushes[1:]:
        store.counters.apply(flush)
    for number in set_back:
        store.servers[number].kill()
        store.servers[number].start()
    watermarks = {place[0]: ranges.watermark for place, ranges in store.counters.applied([0]).items()}
    assert watermarks == {slot: 60 if slot % 2 in set_back else 200 for slot in range(8)}
    for flush in flushes:
        store.counters.apply(flush)
    store.assert_exact()


@pytest.mark.parametrize("dead", [0, 1])
def test_a_dead_server_fails_the_flush_and_once_back_takes_it(store, dead):
    store.counters.apply(store.flush((0, 100)))
    store.servers[dead].dump()
    store.servers[dead].kill()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match=store.servers[dead].address):
            store.counters.apply(store.flush((100, 200)))
    store.servers[dead].start()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_nothing_can_be_asked_of_a_dead_server(store):
    store.counters.apply(store.flush((0, 200)))
    for server in store.servers:
        server.kill()
    owners = [f"d{number}" for number in range(20)]
    for ask in (
        lambda: store.counters.applied([0]),
        lambda: store.counters.cubes("deal", owners),
        lambda: store.counters.owners("deal"),
        lambda: store.counters.mark_gone(1, 0, 5),
    ):
        with pytest.raises(StoreUnavailableError):
            ask()


def test_a_frozen_server_fails_the_flush_in_time_and_what_it_does_later_does_no_harm(store):
    store.counters.apply(store.flush((0, 100)))
    store.servers[0].freeze()
    with pytest.raises(StoreUnavailableError):
        store.counters.apply(store.flush((100, 200)))
    store.servers[0].thaw()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_a_server_that_freezes_within_a_transaction(store):
    """The EXEC is sent, and carried out after the client has given up."""
    flush = store.flush((0, 200), meanwhile=[store.servers[0].freeze])
    with pytest.raises(StoreUnavailableError):
        store.counters.apply(flush)
    store.servers[0].thaw()
    store.counters.apply(flush)
    store.assert_exact()


def test_a_server_that_dies_within_a_transaction(store):
    store.counters.apply(store.flush((0, 100)))
    store.servers[1].dump()
    flush = store.flush((50, 200), meanwhile=[lambda: None, store.servers[1].kill])
    with pytest.raises(StoreUnavailableError):
        store.counters.apply(flush)
    store.servers[1].start()
    store.counters.apply(flush)
    store.assert_exact()


def test_a_full_server_refuses_the_whole_flush(store):
    store.counters.apply(store.flush((0, 100)))
    with store.servers[0].client() as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreUnavailableError, match="maxmemory"):
            store.counters.apply(store.flush((100, 200)))
        client.config_set("maxmemory", 0)
    assert {ranges.dump() for (slot, _), ranges in store.counters.applied([0]).items() if slot % 2 == 0} == {b"0-100"}
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_a_slot_lies_on_one_server_with_all_its_keys(steady_store):
    steady_store.counters.apply(steady_store.flush((0, 200)))
    for server in steady_store.servers:
        with server.client() as client:
            keys = [key.decode() for key in client.keys(steady_store.keys.every_slot)]
        assert keys
        assert {steady_store.holder(slot) for slot in {steady_store.keys.slot_of(key) for key in keys}} == {server}
