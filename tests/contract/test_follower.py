"""What a follower knows is what a fresh read would tell, whatever happens; in memory and on real servers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.resharder import Resharder
from tests.support.followed import OWNERS, MemoryWorld, RedisWorld, World
from tests.support.redis_nodes import Migration
from tests.support.redis_server import RedisServer, need_redis
from tests.support.redis_servers import Servers

DIMENSION = st.sampled_from(["deal", "city", "gender"])
STEP = st.one_of(
    st.tuples(st.just("count"), st.integers(1, 200)),
    st.tuples(st.just("fold"), DIMENSION, st.integers(0, 3)),
    st.tuples(st.just("drop"), DIMENSION, st.integers(0, 3)),
    st.tuples(st.just("dump")),
    st.tuples(st.just("set_back")),
    st.tuples(st.just("look"), st.fixed_dictionaries({}, optional={name: st.just(OWNERS[name]) for name in OWNERS})),
)
HISTORY = st.lists(STEP, max_size=14)


def do(world: World, step: str, *arguments: Any) -> None:
    """Let a step happen."""
    if step in ("fold", "drop"):
        arguments = (world.key(*arguments),)
    getattr(world, "assert_followed" if step == "look" else step)(*arguments)


def live(world: World, history: list[tuple]) -> None:
    """Let a history happen, and compare in the end, too."""
    try:
        for step in [*history, ("look", OWNERS)]:
            do(world, *step)
    finally:
        world.close()


@pytest.fixture(scope="module")
def servers(tmp_path_factory) -> Iterator[Servers]:
    """Run two servers that are set back now and then."""
    need_redis()
    folder = tmp_path_factory.mktemp("followed")
    found = [RedisServer(folder / name).start() for name in ("one", "two")]
    yield Servers(found)
    for server in found:
        server.kill()


@pytest.fixture(params=["memory", "two redis", "redis cluster"])
def new_world(request) -> Callable[[], World]:
    """Return what makes a world of each kind."""
    if request.param == "memory":
        return MemoryWorld
    if request.param == "two redis":
        return lambda: RedisWorld(request.getfixturevalue("servers"))
    return lambda: RedisWorld(Servers(request.getfixturevalue("shared_nodes").nodes, cluster=True))


@given(HISTORY)
def test_in_memory(history):
    live(MemoryWorld(), history)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=HISTORY)
def test_on_two_servers(servers, history):
    live(RedisWorld(servers), history)


@given(HISTORY, HISTORY.map(lambda steps: [step for step in steps if step[0] != "look"]))
def test_what_happens_between_a_read_and_the_look_after_it_is_not_lost(history, meanwhile):
    world = MemoryWorld()
    happens: Iterator[tuple] = iter(meanwhile)

    def then(answer: list) -> list:
        if (step := next(happens, None)) is not None:
            do(world, *step)
        return answer

    read, ends = world.changes.read, world.changes.ends
    world.changes.read = lambda keys: then(read(keys))  # type: ignore[method-assign]
    world.changes.ends = lambda known: then(ends(known))  # type: ignore[method-assign]
    for step, *arguments in history:
        if step == "look":
            world.follower.refresh()
            world.follower.tables(*arguments)
        else:
            do(world, step, *arguments)
    happens = iter(())
    live(world, [])


HISTORIES = {
    "counted before and after": [("count", 50), ("look", OWNERS), ("count", 50)],
    "the first cube comes later": [("look", OWNERS), ("count", 50)],
    "folded and counted": [("count", 90), ("look", OWNERS), ("fold", "deal", 0), ("look", OWNERS), ("count", 9)],
    "folded after it was counted": [("count", 90), ("look", OWNERS), ("count", 9), ("fold", "deal", 0)],
    "gone": [("count", 90), ("look", OWNERS), ("drop", "deal", 0), ("drop", "city", 1)],
    "gone, and there again": [("count", 90), ("look", OWNERS), ("drop", "deal", 0), ("count", 90)],
    "others wanted later": [("count", 90), ("look", {"deal": ["d1"]}), ("count", 90), ("look", {"city": ["c1"]})],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_on_each_kind(new_world, history):
    live(new_world(), history)


SET_BACK = {
    "and that is all": [("count", 40), ("dump",), ("count", 40), ("look", OWNERS), ("set_back",)],
    "and counted again": [("count", 40), ("dump",), ("count", 40), ("look", OWNERS), ("set_back",), ("count", 40)],
    "and counted further": [("count", 40), ("dump",), ("count", 9), ("look", OWNERS), ("set_back",), ("count", 200)],
    "to nothing": [("dump",), ("count", 40), ("look", OWNERS), ("set_back",)],
}


@pytest.mark.parametrize("history", SET_BACK.values(), ids=SET_BACK)
@pytest.mark.parametrize("kind", ["memory", "two redis"])
def test_a_server_is_set_back(kind, servers, history):
    live(MemoryWorld() if kind == "memory" else RedisWorld(servers), history)


def test_a_server_that_was_emptied(servers):
    world = RedisWorld(servers)
    world.count(50)
    world.assert_followed(OWNERS)
    for server in servers.servers:
        with server.client() as client:
            client.flushall()
    live(world, [("look", OWNERS), ("count", 50)])


def test_while_a_server_is_away_what_is_known_stays_known(own_redis):
    world = RedisWorld(Servers(own_redis))
    world.count(50)
    world.assert_followed(OWNERS)
    known = world.follower.tables(OWNERS)
    own_redis[0].dump()
    own_redis[0].kill()
    with pytest.raises(StoreUnavailableError):
        world.follower.refresh()
    assert world.follower.tables(OWNERS) == known
    with pytest.raises(StoreUnavailableError):
        world.follower.tables({"deal": [f"another {number}" for number in range(20)]})
    own_redis[0].start()
    live(world, [("count", 20)])


def test_slots_that_move_are_followed(three_redis):
    world = RedisWorld(Servers(three_redis[:2]))
    world.count(90)
    world.assert_followed(OWNERS)
    for servers in (three_redis, three_redis[1:]):
        moved: list[object] = []
        resharder = Resharder([server.address for server in servers], world.relevance.keys, 5000)
        resharder.reshard(moved.append)
        resharder.close()
        assert moved
        world.assert_followed(OWNERS)
        world.count(90)
        world.assert_followed(OWNERS)
    live(world, [])


def test_hash_slots_that_move_are_followed(own_nodes):
    world = RedisWorld(Servers(own_nodes.nodes, cluster=True))
    world.count(90)
    world.assert_followed(OWNERS)
    for slot in range(world.relevance.slots):
        migration = Migration(own_nodes, world.relevance.keys.applied(slot, 0))
        migration.begin().move_all()
        world.assert_followed(OWNERS)
        migration.end()
        world.count(20)
        world.assert_followed(OWNERS)
    live(world, [])


def test_of_a_cube_that_grew_only_the_end_is_read():
    world = MemoryWorld()
    world.count(90)
    world.assert_followed(OWNERS)
    read: list[str] = []
    world.changes.read = lambda keys: read.extend(keys) or []  # type: ignore[method-assign]
    world.count(9)
    world.assert_followed(OWNERS)
    assert read == []
