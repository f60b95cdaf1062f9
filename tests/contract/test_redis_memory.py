"""What is measured on real servers is what these hold."""

from collections.abc import Iterator

import polars as pl
import pytest

from dealstream.domain import cube
from dealstream.domain.relevance import Relevance
from dealstream.queries.memory import ServerSums
from dealstream.queries.memory_tables import cuboids, servers
from dealstream.stores import redis_memory
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.open import counter_layout
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_memory import RedisMemory
from tests.support.counting import Codes, expected
from tests.support.flushes import flush_of, varied_log
from tests.support.names import unique_relevance
from tests.support.redis_servers import Servers

LOG = varied_log(400, deals=120)


@pytest.fixture
def relevance() -> Relevance:
    day = {"dimensions": ["city", "gender"], "tiles": ["ever", "day"], "users": True}
    # the events are of 1970, and so is the tile: it must be kept for long to be there
    return unique_relevance(cuboids=[["deal"], ["deal", "gender"], day], tiles={"day": "30000d"})


@pytest.fixture
def memory(any_servers, relevance) -> Iterator[RedisMemory]:
    """Count the log beside another deployment; return what measures it."""
    for each in (relevance, unique_relevance()):
        count(each, any_servers)
    memory = RedisMemory(any_servers.place(relevance.keys), relevance.keys, counter_layout(relevance))
    yield memory
    memory.close()


def count(relevance: Relevance, servers: Servers) -> None:
    counters, codes = RedisCounters(servers.place(relevance.keys), relevance.keys, counter_layout(relevance)), Codes()
    for first in range(0, 400, 100):
        counters.apply(flush_of(relevance, LOG, [(first, first + 100)], codes))
    counters.close()


def look(memory: RedisMemory, relevance: Relevance, sample: int | None = None) -> list[ServerSums]:
    found = []
    for server in memory.servers():
        found.append(ServerSums(relevance, memory.state(server)))
        for piece in memory.pieces(server, sample):
            assert piece.passed <= 1000
            found[-1].add(piece)
    return found


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Tell whether two looks found the same; the memory of a server as a whole never stays as it is."""
    return one.drop("used_bytes").equals(other.drop("used_bytes"))


def test_every_key_and_every_counter_is_found_once(memory, relevance, any_servers):
    all_sums = look(memory, relevance)
    for sums, server in zip(all_sums, any_servers.servers, strict=True):
        with server.client() as client:
            own = client.keys(f"{relevance.redis_prefix}*")
            assert (sums.keys, sums.passed) == (len(own), client.dbsize())
            assert sums.bytes == sum(client.memory_usage(key) for key in own)
            cubes = [client.get(key) for key in own if b":cube:" in key]
            assert (sums.cubes, sums.tail_bytes) == (len(cubes), sum(cube.parts(data)[1] for data in cubes))
    by_cuboid = {(row["cuboid"], row["grain"]): row for row in cuboids(relevance, all_sums).to_dicts()}
    buckets = expected(relevance, [value for _, value in LOG])
    names = {"deal": ("deal", "ever"), "deal,gender": ("deal,gender", "ever"), "city,gender": ("city,gender", "ever")}
    for name, place in {**names, "city,gender 1970-01-01": ("city,gender", "day")}.items():
        assert by_cuboid[place]["counters"] == sum(of == name for of, _, _ in buckets), name
    assert by_cuboid["city,gender", "day"]["user_sets"] == by_cuboid["city,gender", "day"]["counters"]
    assert sum(sums.expiring.total() for sums in all_sums) == by_cuboid["city,gender", "day"]["cubes"] == 3
    assert {name for sums in all_sums for name in sums.expiring} == {"1970-01-01"}


def test_packed_hashes_are_looked_at_as_the_cubes_they_stand_for(any_servers):
    """Each owner has one page; a page has no tail."""
    found = []
    for layout in ("cube", "hash"):
        relevance = unique_relevance(layout=layout)
        count(relevance, any_servers)
        memory = RedisMemory(any_servers.place(relevance.keys), relevance.keys, counter_layout(relevance))
        all_sums = look(memory, relevance)
        found.append(cuboids(relevance, all_sums).select("cuboid", "cubes", "counters"))
        memory.close()
    assert found[0].equals(found[1])
    assert sum(sums.tail_bytes for sums in all_sums) == 0


def test_the_state_of_a_server(memory, any_servers):
    with any_servers.servers[1].client() as client:
        client.config_set("maxmemory", 1 << 30)
        state = memory.state(memory.servers()[1])
        client.config_set("maxmemory", 0)
        assert (state.name, state.keys, state.limit) == (any_servers.servers[1].address, client.dbsize(), 1 << 30)
        assert state.used > 500_000
    assert memory.state(memory.servers()[0]).limit is None


@pytest.mark.parametrize("sample", [1, 7, 20])
def test_a_sample_looks_at_so_many_cubes_and_estimates_the_rest(memory, relevance, any_servers, sample):
    all_sums = look(memory, relevance, sample)
    assert [sums.cubes for sums in all_sums] == [sample] * len(any_servers.servers)
    for sums in all_sums:
        assert sums.passed * sums.scale(sample) == pytest.approx(sums.state.keys)
    if sample == 20:
        estimated, real = servers(all_sums, sample), servers(look(memory, relevance))
        assert estimated["cubes"].sum() == pytest.approx(real["cubes"].sum(), rel=0.5)


def test_a_sample_of_more_than_there_is_is_no_estimate(memory, relevance):
    found = servers(look(memory, relevance, 10_000), 10_000)
    assert same(found, servers(look(memory, relevance)))


def test_large_cubes_are_read_few_at_a_time(memory, relevance, monkeypatch):
    everything = servers(look(memory, relevance))
    monkeypatch.setattr(redis_memory, "BYTES_AT_ONCE", 300)
    assert same(servers(look(memory, relevance)), everything)


@pytest.mark.parametrize("any_servers", ["two redis"], indirect=True)
def test_keys_of_others_may_be_no_text(memory, relevance, any_servers):
    before = servers(look(memory, relevance))
    with any_servers.servers[0].client() as client:
        client.set(b"\xff\xfe", b"")
        client.hset("h", "field", "value")
    assert same(servers(look(memory, relevance)), before)


@pytest.mark.parametrize("any_servers", ["two redis"], indirect=True)
def test_a_server_that_is_away_is_named(memory, relevance, any_servers):
    any_servers.servers[1].kill()
    with pytest.raises(StoreUnavailableError, match=any_servers.servers[1].address):
        look(memory, relevance)
