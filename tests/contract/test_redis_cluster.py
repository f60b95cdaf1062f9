"""A real Redis Cluster whose hash slots move while counting goes on, and whose nodes die: the counts end exact."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from threading import Event, Thread

import pytest
import redis

from dealstream.stores import redis_placement
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_cluster import RedisCluster
from dealstream.stores.redis_placement import Group, SlotsElsewhereError
from dealstream.stores.redis_schemas import RedisSchemas
from tests.support.counting import counted
from tests.support.flushes import varied_log
from tests.support.redis_nodes import Migration, RedisNodes, running_nodes
from tests.support.redis_store import RedisStore
from tests.support.waiting import until

# whose hash slot moves
SLOT = 3


@pytest.fixture(scope="module")
def nodes(tmp_path_factory) -> Iterator[RedisNodes]:
    """Run a Redis Cluster whose nodes stay up, and whose hash slots may be anywhere."""
    yield from running_nodes(tmp_path_factory.mktemp("redis-cluster"))


@pytest.fixture
def store(nodes) -> Iterator[RedisStore]:
    """Return a store on it."""
    store = RedisStore(nodes.nodes, cluster=True)
    yield store
    store.close()


@contextmanager
def looking_once() -> Iterator[None]:
    """Let nobody wait for a slot that is on its way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis_placement, "PATIENCE_S", 0)
        yield


@pytest.fixture
def migration(nodes, store) -> Iterator[Migration]:
    """Return a migration of the hash slot of `SLOT`, which is over in the end."""
    migration = Migration(nodes, store.keys.applied(SLOT, 0))
    yield migration
    migration.end()


@pytest.mark.parametrize("slots", [[SLOT], range(8)], ids=["one slot", "all slots"])
@pytest.mark.parametrize("opened", ["before", "after"])
def test_a_slot_that_has_moved_is_followed(store, nodes, slots, opened):
    store.counters.apply(store.flush((0, 100)))
    counters = store.open() if opened == "before" else None
    if counters:
        counters.applied([0])
    before = [store.holder(slot) for slot in slots]
    for slot in slots:
        Migration(nodes, store.keys.applied(slot, 0)).run()
    assert all(store.holder(slot) != server for slot, server in zip(slots, before, strict=True))
    (counters or store.open()).apply(store.flush((100, 200)))
    store.assert_exact()


@pytest.mark.parametrize("slot", [0, SLOT, 7])
def test_a_slot_that_moves_within_a_transaction(store, nodes, slot):
    """The ranges were read on one node, and are written on another."""
    store.counters.apply(store.flush((0, 100)))
    migration = Migration(nodes, store.keys.applied(slot, 0))
    store.counters.apply(store.flush((100, 200), meanwhile=[*[lambda: None] * slot, migration.run]))
    assert store.holder(slot) == migration.target
    store.assert_exact()


@pytest.mark.parametrize("slot", [0, SLOT, 7])
def test_a_slot_that_begins_to_move_within_a_transaction(store, nodes, slot):
    """All keys are there, but new ones can't be made."""
    store.counters.apply(store.flush((0, 2)))
    migration = Migration(nodes, store.keys.applied(slot, 0))
    flush = store.flush((0, 200), meanwhile=[*[lambda: None] * slot, migration.begin])
    with looking_once(), pytest.raises(SlotsElsewhereError, match=r"hash slot \d+ is being moved to"):
        store.counters.apply(flush)
    migration.end()
    store.counters.apply(flush)
    store.assert_exact()


STAGES: dict[str, Callable[[RedisStore, Migration], object]] = {
    "nothing": lambda store, migration: None,
    "its ranges": lambda store, migration: migration.move([store.keys.applied(SLOT, 0)]),
    "a cube": lambda store, migration: migration.move(_cubes(store, migration)[:1]),
    "all cubes": lambda store, migration: migration.move(_cubes(store, migration)),
    "everything": lambda store, migration: migration.move_all(),
}


def _cubes(store: RedisStore, migration: Migration) -> list[str]:
    """Return the cubes of `SLOT` that are on the node which gives it away."""
    with migration.source.client() as client:
        return [key.decode() for key in client.keys(store.keys.of_slot(SLOT) + "*") if b":cube:" in key]


@pytest.mark.parametrize("moved", STAGES)
@pytest.mark.parametrize("first", [100, 5], ids=["no new keys", "new keys"])
def test_a_flush_meets_a_slot_that_has_moved_in_part(store, migration, first, moved):
    """All other slots are counted; it comes again. What can be read stays the same."""
    store.counters.apply(store.flush((0, first)))
    before = _readable(store)
    migration.begin()
    STAGES[moved](store, migration)
    assert _readable(store) == before
    with looking_once(), pytest.raises(SlotsElsewhereError):
        store.counters.apply(store.flush((first, 200)))
    assert {slot for (slot, _), ranges in store.counters.applied([0]).items() if ranges.watermark == first} == {SLOT}
    assert _on_both(store, migration) == set()
    migration.end()
    store.replay()
    store.assert_exact()


def _readable(store: RedisStore) -> object:
    counters = store.open()
    return counted(store.relevance, counters, store.codes.vocabulary), counters.applied([0])


def _on_both(store: RedisStore, migration: Migration) -> set[bytes]:
    with migration.source.client() as source, migration.target.client() as target:
        return {*source.keys(store.keys.of_slot(SLOT) + "*")} & {*target.keys(store.keys.of_slot(SLOT) + "*")}


def test_a_slot_that_begins_to_move_within_a_transaction_on_keys_that_are_there(store, nodes):
    """Its node has them all, so it is counted there, and moves as it is then."""
    store.counters.apply(store.flush((0, 100)))
    migration = Migration(nodes, store.keys.applied(0, 0))
    store.counters.apply(store.flush((100, 200), meanwhile=[migration.begin]))
    migration.end()
    store.assert_exact()


def test_nobody_writes_to_a_slot_that_is_being_repaired(store, migration):
    """`redis-cli --cluster fix` lets a node have it first, and moves the rest of the keys there then."""
    store.counters.apply(store.flush((0, 100)))
    migration.begin()
    migration.move(_cubes(store, migration)[:1])
    migration.halt()
    with looking_once(), pytest.raises(SlotsElsewhereError, match=rf"slots \[{SLOT}\] are being moved"):
        store.counters.apply(store.flush((100, 200)))
    migration.begin()
    migration.end()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_what_a_reshard_that_died_has_left_is_repaired_while_counting_goes_on(store, nodes):
    store.log = varied_log(1_000, deals=400)
    store.counters.apply(store.flush((0, 500)))
    migration = Migration(nodes, store.keys.applied(SLOT, 0)).begin()
    migration.move(_cubes(store, migration)[::2])
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(_count_all, store, 500)
        subprocess.run(["redis-cli", "--cluster", "fix", migration.source.address, "--cluster-yes"], check=True)
        counting.result()
    store.assert_exact()


def _count_all(store: RedisStore, first: int) -> None:
    """Count the rest of the log in small flushes, each until it is done."""
    for start in range(first, len(store.log), 5):
        while True:
            with suppress(SlotsElsewhereError):
                store.counters.apply(store.flush((start, start + 5)))
                break


def test_a_flush_waits_for_a_slot_that_arrives_in_time(store, migration, monkeypatch):
    monkeypatch.setattr(redis_placement, "PATIENCE_S", 20)
    store.counters.apply(store.flush((0, 100)))
    migration.begin()
    migration.move([store.keys.applied(SLOT, 0)])
    flushing = Thread(target=store.counters.apply, args=(store.flush((100, 200)),))
    with migration.source.client() as client:
        refused = _refusals(client)
        flushing.start()
        until(lambda: _refusals(client) > refused)
    migration.end()
    flushing.join()
    store.assert_exact()


def _refusals(client: redis.Redis) -> int:
    errors = client.info("errorstats")
    return sum(errors.get(f"errorstat_{kind}", {"count": 0})["count"] for kind in ("ASK", "TRYAGAIN"))


def test_the_old_node_was_not_told_yet_that_the_slot_is_gone(store, migration):
    """It may know from the new one, or not."""
    store.counters.apply(store.flush((0, 100)))
    migration.begin()
    migration.take()
    with suppress(SlotsElsewhereError):
        store.counters.apply(store.flush((100, 200)))
    migration.end()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_two_tasks_count_while_slots_move_key_by_key(store, nodes):
    """Each counts all of the log, in pieces of its own; both start in the middle of it again and again."""
    store.log = varied_log(1_500, deals=40)
    done, stop = [0, 0], Event()

    def flush_all(task: int, size: int) -> None:
        counters = store.open()
        while done[task] < len(store.log) and not stop.is_set():
            flush = store.flush((max(0, done[task] - 30), min(done[task] + size, len(store.log))))
            with suppress(SlotsElsewhereError):  # the batches come again
                counters.apply(flush)
                done[task] += size

    tasks = [Thread(target=flush_all, args=(task, size)) for task, size in enumerate((50, 70))]
    for task in tasks:
        task.start()
    try:
        while any(task.is_alive() for task in tasks):
            for slot in range(store.keys.slots):
                migration = Migration(nodes, store.keys.applied(slot, 0)).begin()
                for key in nodes.keys(migration.source, migration.hash_slot):
                    migration.move([key])
                migration.end()
    finally:
        stop.set()
        for task in tasks:
            task.join()
    store.assert_exact()


def test_unique_users_over_several_tiles_wait_for_all_of_them(store, migration):
    """One key is read where it is; several are counted together on one node only."""
    placement = store.place()
    tag = store.keys.of_slot(SLOT)
    with migration.source.client() as client:
        client.pfadd(f"{tag}a", "one", "two")
        client.pfadd(f"{tag}b", "two", "three")
    both = (SLOT, ("PFCOUNT", f"{tag}a", f"{tag}b"))
    single = [(SLOT, ("PFCOUNT", f"{tag}{name}")) for name in "abc"]
    assert placement.ask([both, *single]) == [3, 2, 2, 0]
    migration.begin()
    migration.move([f"{tag}a"])
    assert placement.ask(single) == [2, 2, 0]
    with looking_once(), pytest.raises(SlotsElsewhereError, match=rf"slots \[{SLOT}\] are being moved"):
        placement.ask([both])
    migration.end()
    assert placement.ask([both]) == [3]
    placement.close()


def test_what_moves_behind_the_back_of_a_scan_is_found(store, nodes):
    """When the first node has been scanned, everything moves there."""
    store.counters.apply(store.flush((0, 200)))
    first, *others = sorted(nodes.nodes, key=lambda node: node.address)

    class Interrupted(RedisCluster):
        accesses = count(1)

        def answering(self, group: Group) -> AbstractContextManager[None]:
            # each node is asked what moves, then one was scanned
            if next(self.accesses) == len(nodes.nodes) + 2:
                for slot in away:
                    Migration(nodes, store.keys.applied(slot, 0), first).run()
            return super().answering(group)

    away = [slot for slot in range(store.keys.slots) if store.holder(slot) in others]
    placement = Interrupted(nodes.addresses, store.keys, 5000)
    found = {store.keys.slot_of(key) for key in placement.scan(store.keys.every_slot)}
    assert away
    assert {store.holder(slot) for slot in away} == {first}
    assert found == set(range(store.keys.slots))
    placement.close()


def test_ranges_are_not_deleted_while_keys_move(store, nodes, migration):
    """A cube may get past who deletes; without its ranges it would be counted on, and hold too much."""
    relevance = store.relevance
    store.counters.apply(store.flush((0, 200)))
    schemas = RedisSchemas(store.place(), relevance.name)
    (server,) = (server for server in schemas.servers() if server.name == migration.source.address)
    migration.begin()
    for delete in (
        lambda: schemas.spoil(server, relevance.schema, [(SLOT, 0)]),
        lambda: list(schemas.delete(server, relevance.schema)),
    ):
        with pytest.raises(StoreUnavailableError, match="are being moved; do it again later"):
            delete()
    with migration.source.client() as client:
        assert client.get(store.keys.applied(SLOT, 0)) == b"0-200"
    migration.end()
    assert sum(passed for server in schemas.servers() for passed in schemas.delete(server, relevance.schema))
    assert store.counters.owners("deal") == []
    schemas.close()


def test_one_seed_that_answers_will_do(nodes, store):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        placement = RedisCluster([f"127.0.0.1:{port}", nodes.addresses[1]], store.keys, 5000)
        assert {group.name for group in placement.servers()} == set(nodes.addresses)
        placement.close()
        placement = RedisCluster([f"127.0.0.1:{port}"], store.keys, 5000)
        with pytest.raises(StoreUnavailableError, match=rf"no node of the Redis Cluster tells .* 127\.0\.0\.1:{port}"):
            placement.groups([0])
        placement.close()
