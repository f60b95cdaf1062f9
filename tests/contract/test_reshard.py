"""Slots that move between real servers while counting goes on; whatever dies in between, the counts are exact."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from threading import Event, Thread

import pytest

from dealstream.stores import redis_placement
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_transactions import attempt
from dealstream.stores.slot_replacer import SlotReplacer
from dealstream.stores.slot_servers import SlotServers
from tests.support.flushes import varied_log
from tests.support.moving import STEPS, Reshard, assert_settled, let_all_expire, let_expire
from tests.support.redis_store import RedisStore
from tests.support.waiting import until


@pytest.fixture
def store(three_redis) -> Iterator[RedisStore]:
    """Return a store whose eight slots are on the first two of three servers."""
    store = RedisStore(three_redis, timeout_ms=2000)
    store.counters = store.open(three_redis[:2])
    store.counters.applied([0])
    yield store
    store.close()


def grown(store: RedisStore) -> Reshard:
    return Reshard(store, store.servers)


def holders(store: RedisStore) -> list[int]:
    """Return the number of the server that each slot is on."""
    looker = SlotServers([server.address for server in store.servers], store.keys, 2000)
    addresses = [server.address for server in store.servers]
    places = looker.places()
    looker.close()
    return [addresses.index(places[slot].address) for slot in range(store.keys.slots)]


def test_a_server_more_while_counting_goes_on(store):
    """Flushes of 20 events follow each other while the slots move to three servers, back to two, and to three again."""
    store.log = varied_log(20_000, deals=300)
    flushed, stop = [0], Event()

    def count() -> None:
        counters = store.open(store.servers[:2])
        while flushed[0] < 20_000 and not stop.is_set():
            flush = store.flush((flushed[0], flushed[0] + 20))
            try:
                counters.apply(flush)
            except StoreUnavailableError:
                continue  # the batches come again
            flushed[0] += 20

    thread = Thread(target=count)
    thread.start()
    try:
        for servers in (store.servers, store.servers[:2], store.servers[1:], store.servers):
            before = flushed[0]
            until(lambda before=before: flushed[0] > before + 100)
            assert Reshard(store, servers).run().moved
    finally:
        stop.set()
        thread.join()
    store.counters.apply(store.flush((flushed[0], len(store.log))))
    store.assert_exact()
    assert_settled(store, store.servers)


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("expires", [True, False], ids=["it expires", "at once"])
def test_a_mover_that_dies_after_any_step_is_followed_by_another(store, step, time, expires):
    """It dies between the flushes 0-100 and 100-150; the other finishes the job before the flush 150-200."""
    store.counters.apply(store.flush((0, 100)))
    if (step, time) == ("save", 2):
        pytest.skip("there is one server that gets slots")
    grown(store).killed(step, time)
    if expires:
        let_all_expire(store)
        store.counters.apply(store.flush((100, 150)))
        store.open().apply(store.flush((100, 150)))
    else:
        let_expire(store, store.keys.lock)
    grown(store).run()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()
    store.assert_exact(store.open(store.servers[:1]))
    assert_settled(store, store.servers)
    assert sorted(holders(store)) == [0, 0, 0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("step", ["seal", "announce", "save"])
def test_a_mover_that_dies_while_it_empties_servers_is_followed_by_another(store, step):
    """Two of the three servers are not in the configuration any more."""
    store.counters.apply(store.flush((0, 200)))
    grown(store).run()
    Reshard(store, store.servers[2:]).killed(step, 1 if step == "save" else 6)
    let_all_expire(store)
    Reshard(store, store.servers[2:]).run()
    store.assert_exact()
    assert_settled(store, store.servers[2:])


@pytest.mark.parametrize("victim", [0, 1, 2], ids=["a source", "the other source", "the target"])
@pytest.mark.parametrize("dumped", ["before", "copy", "announce"])
@pytest.mark.parametrize("step", ["copy", "seal", "save", "after"])
def test_a_server_that_is_set_back_meanwhile_counts_the_rest_again(store, victim, dumped, step):
    """A dump, flushes, a second slot's step, and a server comes back with the dump; then the log again."""
    server = store.servers[victim]
    store.counters.apply(store.flush((0, 100)))
    server.dump()
    store.counters.apply(store.flush((100, 150)))
    reshard = grown(store)
    if dumped != "before":
        reshard.after(dumped, 1, server.dump)
    if step != "after":
        reshard.after(step, 1 if step == "save" else 2, server.set_back)
    with suppress(StoreUnavailableError):
        reshard.run()
    if step == "after":
        server.set_back()
    let_all_expire(store)  # the dump may hold a fence, and the lock
    store.replay()
    store.assert_exact()
    grown(store).run()
    store.replay()
    store.assert_exact()
    store.assert_exact(store.open())
    assert_settled(store, store.servers)


def test_what_a_server_hears_of_places_undoes_no_transaction(store):
    """Each move is announced to all servers; the slots that stay are counted meanwhile, at the first try."""
    server, tries = store.servers[0], []
    [group] = [
        group for group in store.counters._placement.groups(range(store.keys.slots)) if group.name == server.address
    ]

    def work(transaction):
        tries.append(transaction.watch(lambda slot: [store.keys.applied(slot, 0)]))
        with server.client() as another:
            another.set(store.keys.places, b"")
        transaction.pipe.multi()
        transaction.pipe.mset({store.keys.applied(slot, 0): b"0-10" for slot in transaction.slots})
        transaction.pipe.execute()

    attempt(store.counters._placement, group, work, tries=3)
    assert len(tries) == 1
    assert {slot for (slot, _), ranges in store.counters.applied([0]).items() if ranges} == set(group.slots)


def test_who_knows_only_the_old_places_follows(store):
    """One client has never seen more than the first places; each of the servers has been emptied since."""
    store.counters.apply(store.flush((0, 50)))
    stale = [store.open(store.servers[:2]) for _ in range(5)]
    for counters in stale:
        counters.applied([0])
    for servers in (store.servers, store.servers[2:], store.servers[:1], store.servers[1:]):
        Reshard(store, servers).run()
    store.open().apply(store.flush((50, 150)))
    stale[0].apply(store.flush((50, 200)))
    stale[1].mark_gone(3, 0, 10)
    assert stale[2].gone([3])[3].dump() == b"0-10"
    assert {ranges.dump() for ranges in stale[3].applied([0]).values()} == {b"0-200"}
    store.assert_exact(stale[4])
    store.assert_exact(store.open(store.servers[:1]))


def test_what_is_left_behind_is_never_read(store):
    """The mover dies before it removes anything; the slots go on elsewhere."""
    store.counters.apply(store.flush((0, 100)))
    reader = store.open(store.servers[:2])
    reader.applied([0])
    grown(store).killed("save", 1)
    store.log = varied_log(400, deals=60)
    store.counters.apply(store.flush((100, 400)))
    store.log = [*varied_log(100), *varied_log(400, deals=60)[100:]]
    store.assert_exact(reader)


def test_a_slot_that_comes_back_minds_its_old_mark_no_more(store):
    store.counters.apply(store.flush((0, 100)))
    for servers in (store.servers[1:], store.servers[:2], store.servers[1:], store.servers[:2]):
        Reshard(store, servers).run()
        store.replay()
    store.assert_exact()
    assert_settled(store, store.servers[:2])


def test_a_slot_is_not_written_to_while_it_is_moved_until_its_fence_expires(store, monkeypatch):
    """The other slots count meanwhile."""
    monkeypatch.setattr(redis_placement, "PATIENCE_S", 0.1)
    store.counters.apply(store.flush((0, 100)))
    reshard = grown(store).killed("copy", 1)
    assert reshard.moved == []
    with pytest.raises(StoreUnavailableError, match=r"slots \[\d\] are being moved"):
        store.counters.apply(store.flush((100, 200)))
    counted = sorted(ranges.dump() for ranges in store.counters.applied([0]).values())
    assert counted == [b"0-100"] + [b"0-200"] * 7
    with pytest.raises(StoreUnavailableError, match=r"slots \[\d\] are being moved"):
        store.counters.mark_gone(3, 0, 10)
    let_all_expire(store)
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()


def test_a_mover_that_is_too_slow_for_its_fence_leaves_the_slot_where_it_is(store):
    store.counters.apply(store.flush((0, 100)))

    def oversleep() -> None:
        let_expire(store, *map(store.keys.mark, range(8)))
        store.counters.apply(store.flush((100, 200)))

    with pytest.raises(StoreUnavailableError, match="took longer than 30 s; nothing has changed"):
        grown(store).after("verify", 1, oversleep).run()
    assert sorted(holders(store)) == [0] * 4 + [1] * 4
    store.assert_exact()
    grown(store).run()
    store.assert_exact()
    assert_settled(store, store.servers)


def test_what_is_written_after_it_was_read_is_moved_too(store):
    """Keys that are new, changed and gone, before the fence is there."""
    store.counters.apply(store.flush((0, 100)))

    def meanwhile() -> None:
        store.counters.apply(store.flush((100, 200)))
        with store.servers[0].client() as client:
            assert client.delete(made_up)

    made_up = f"{store.keys.of_slot(6)}made-up"
    with store.servers[0].client() as client:
        client.set(made_up, 1)
    reshard = grown(store).after("read", 1, meanwhile).run()
    assert [moved.move.slot for moved in reshard.moved] == [6, 7]
    with store.servers[2].client() as client:
        assert client.get(made_up) is None
    store.assert_exact()
    assert_settled(store, store.servers)


@pytest.mark.parametrize(("number", "step"), [(0, "read"), (0, "fence"), (2, "read"), (2, "copy")])
@pytest.mark.parametrize("happens", ["its connections are lost", "it is emptied"])
def test_who_may_have_missed_a_change_does_not_move_the_slot(store, number, step, happens):
    store.counters.apply(store.flush((0, 100)))
    server = store.servers[number]
    with server.client() as client:
        does = client.flushall if happens == "it is emptied" else partial(client.client_kill_filter, _type="normal")
        reshard = grown(store).after(step, 1, does)
        with pytest.raises(StoreUnavailableError, match=f"{server.address} went away while a slot was copied"):
            reshard.run()
    assert sorted(holders(store)) == [0] * 4 + [1] * 4
    grown(store).run()
    store.replay()
    store.assert_exact()
    assert_settled(store, store.servers)


def spoil(store: RedisStore, number: int) -> None:
    """Change a key on a server."""
    with store.servers[number].client() as client:
        key = next(client.scan_iter(match=store.keys.every_slot))
        client.append(key, b"!")


def test_a_copy_that_is_spoilt_is_made_again(store):
    store.counters.apply(store.flush((0, 200)))
    grown(store).after("copy", 1, lambda: spoil(store, 2)).run()
    store.assert_exact()
    assert_settled(store, store.servers)


def test_a_copy_that_is_always_spoilt_is_refused(store):
    store.counters.apply(store.flush((0, 100)))
    reshard = grown(store)
    for time in (1, 2, 3):
        reshard.after("copy", time, lambda: spoil(store, 2))
    with pytest.raises(StoreUnavailableError, match="does not arrive at"):
        reshard.run()
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()
    assert sorted(holders(store)) == [0] * 4 + [1] * 4


def test_two_at_once_are_refused(store):
    def another() -> None:
        with pytest.raises(StoreUnavailableError, match="another `dealstream reshard` is under way"):
            grown(store).run()
        with pytest.raises(StoreUnavailableError, match="slots are being moved"):
            SlotReplacer([store.servers[0].address], store.keys, 2000).replace("a:1", store.servers[1].address)

    store.counters.apply(store.flush((0, 200)))
    grown(store).after("copy", 1, another).run()
    store.assert_exact()
    assert_settled(store, store.servers)


def test_all_servers_have_to_answer(store):
    store.servers[1].kill()
    with pytest.raises(StoreUnavailableError, match=store.servers[1].address):
        grown(store).run()


def test_servers_that_know_nothing_are_not_taken_for_the_deployments_own(store):
    with pytest.raises(StoreUnavailableError, match="nobody there knows of this deployment"):
        Reshard(store, store.servers[2:]).run()


def test_a_server_that_cannot_save_keeps_others_from_removing(store):
    store.counters.apply(store.flush((0, 200)))
    store.servers[2].lose_disk()
    with pytest.raises(StoreUnavailableError, match="can't save"):
        grown(store).run()
    store.assert_exact()
    assert sorted(holders(store)) == [0, 0, 0, 1, 1, 1, 2, 2]
    with store.servers[0].client() as client:
        assert {store.keys.slot_of(key.decode()) for key in client.keys(store.keys.every_slot)} == {0, 2, 4, 6}


def test_slots_leave_a_server_that_is_full(store):
    store.counters.apply(store.flush((0, 100)))
    for server in store.servers[:2]:
        with server.client() as client:
            client.config_set("maxmemory", 1)
    assert len(grown(store).run().moved) == 2
    assert len(Reshard(store, store.servers[2:]).run().moved) == 6
    store.counters.apply(store.flush((100, 200)))
    store.assert_exact()
    assert_settled(store, store.servers[2:])


def test_keys_of_every_kind_arrive_with_the_time_at_which_they_expire(store):
    store.counters.apply(store.flush((0, 200)))
    text, page, users = (f"{store.keys.of_slot(6)}{kind}" for kind in ("text", "page", "users"))
    with store.servers[0].client() as source, store.servers[2].client() as target:
        source.set(text, bytes(range(256)), pxat=4_000_000_000_123)
        source.hset(page, mapping={b"\0\xff": 1, "b": 2})
        source.pfadd(users, "u1", "u2")
        grown(store).run()
        assert source.exists(text, page, users) == 0
        assert (target.get(text), target.pexpiretime(text)) == (bytes(range(256)), 4_000_000_000_123)
        assert (target.hgetall(page), target.pexpiretime(page)) == ({b"\0\xff": b"1", b"b": b"2"}, -1)
        assert target.pfcount(users) == 2


def test_a_server_that_is_full_gets_no_slots(store):
    store.counters.apply(store.flush((0, 200)))
    with store.servers[2].client() as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreUnavailableError, match="is out of memory"):
            grown(store).run()
        assert sorted(holders(store)) == [0] * 4 + [1] * 4
        client.config_set("maxmemory", 0)
    store.assert_exact()
    grown(store).run()
    store.assert_exact()
    assert_settled(store, store.servers)


@pytest.mark.parametrize("alive", [True, False], ids=["the old one answers", "the old one is dead"])
def test_a_replica_takes_the_place_of_its_server(store, alive):
    """The third server is a replica of the first, as of after the first flush."""
    old, other, new = store.servers
    store.counters.apply(store.flush((0, 100)))
    stale = store.open([old, other])
    stale.applied([0])
    with new.client() as client:
        client.replicaof("127.0.0.1", str(old.port))
        until(lambda: client.info("replication")["master_link_status"] == "up")
        until(lambda: client.get(store.keys.places))
        client.replicaof("NO", "ONE")
    store.counters.apply(store.flush((100, 150)))
    if not alive:
        old.kill()
    replacer = SlotReplacer([other.address, new.address], store.keys, 2000)
    assert replacer.replace(old.address, new.address) == [0, 2, 4, 6]
    replacer.close()
    store.counters.apply(store.flush((150, 200)))
    assert {ranges.dump() for ranges in stale.applied([0]).values()} == {b"0-200", b"0-100,150-200"}
    store.replay()
    store.assert_exact()
    store.assert_exact(stale)


def test_a_server_that_is_told_of_a_move_keeps_it(store):
    """A place is known on every server, the new and the emptied ones too; who starts with any of them finds all."""
    store.counters.apply(store.flush((0, 200)))
    grown(store).run()
    Reshard(store, store.servers[2:]).run()
    looker = SlotServers([store.servers[0].address], store.keys, 2000)
    assert {place.address for place in looker.places().values()} == {store.servers[2].address}
    looker.close()
    store.assert_exact(store.open(store.servers[:1]))
