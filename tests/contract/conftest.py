"""Servers and tables that contract tests share; each test keeps to names of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dealstream.domain.relevance import Relevance
from dealstream.domain.slots import Keys
from dealstream.settings import Settings
from dealstream.stores.counters import Counters, MemoryCounters
from dealstream.stores.hbase_admin import HBaseAdmin, open_admin
from dealstream.stores.open import counter_layout, open_hbase
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.topics import Topics
from dealstream.stores.user_events import HBaseUserEvents, MemoryUserEvents, UserEvents
from tests.support.names import unique_relevance
from tests.support.redis_nodes import RedisNodes, running_nodes
from tests.support.redis_server import RedisServer, need_redis
from tests.support.redis_servers import Servers


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory) -> Iterator[list[RedisServer]]:
    """Run two servers."""
    need_redis()
    folder = tmp_path_factory.mktemp("redis")
    servers = [RedisServer(folder / name).start() for name in ("one", "two")]
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def shared_nodes(tmp_path_factory) -> Iterator[RedisNodes]:
    """Run a Redis Cluster."""
    yield from running_nodes(tmp_path_factory.mktemp("redis-cluster"))


@pytest.fixture
def own_nodes(tmp_path) -> Iterator[RedisNodes]:
    """Run a Redis Cluster that the test may treat badly."""
    yield from running_nodes(tmp_path)


@pytest.fixture
def own_redis(tmp_path) -> Iterator[list[RedisServer]]:
    """Run two servers that the test may treat badly."""
    yield from _of_its_own(tmp_path, "one", "two")


@pytest.fixture(params=["two redis", "redis cluster"])
def any_servers(request) -> Servers:
    """Return servers of either kind; those that are a cluster are shared, and to be treated well."""
    if request.param == "two redis":
        return Servers(request.getfixturevalue("own_redis"))
    return Servers(sorted(request.getfixturevalue("shared_nodes").nodes, key=lambda node: node.address), cluster=True)


@pytest.fixture
def three_redis(tmp_path) -> Iterator[list[RedisServer]]:
    """Run three servers that the test may treat badly."""
    yield from _of_its_own(tmp_path, "one", "two", "three")


def _of_its_own(folder: Path, *names: str) -> Iterator[list[RedisServer]]:
    need_redis()
    servers = [RedisServer(folder / name).start() for name in names]
    yield servers
    for server in servers:
        server.kill()


SERVERS = {"memory": 0, "one redis": 1, "two redis": 2, "two redis, packed hashes": 2}
ON_A_CLUSTER = ("redis cluster", "redis cluster, packed hashes")


@pytest.fixture(params=[*SERVERS, *ON_A_CLUSTER])
def counters_kind(request) -> str:
    """Return which counters a contract test runs on."""
    return request.param


@pytest.fixture
def relevance(counters_kind) -> Relevance:
    """Return a deployment of the test's own."""
    return unique_relevance(layout="hash" if "packed" in counters_kind else "cube")


@pytest.fixture
def open_counters(request, counters_kind) -> Iterator[Callable[[Relevance], Counters]]:
    """Return what opens a deployment's counters; whatever was opened before is there."""
    opened: list[RedisCounters] = []
    memory = MemoryCounters(Keys("", 1))

    def in_memory(relevance: Relevance) -> Counters:
        counters = MemoryCounters(relevance.keys)
        counters.strings, counters.visitors, counters.expiries = memory.strings, memory.visitors, memory.expiries
        return counters

    def in_redis(relevance: Relevance) -> Counters:
        if counters_kind in ON_A_CLUSTER:
            servers = Servers(request.getfixturevalue("shared_nodes").nodes, cluster=True)
        else:
            servers = Servers(request.getfixturevalue("shared_redis")[: SERVERS[counters_kind]])
        opened.append(RedisCounters(servers.place(relevance.keys), relevance.keys, counter_layout(relevance)))
        return opened[-1]

    yield in_memory if counters_kind == "memory" else in_redis
    for counters in opened:
        counters.close()


@pytest.fixture(scope="session")
def hbase_admin(cluster: Settings) -> Iterator[HBaseAdmin]:
    """Start a JVM with HBase's client; once, for it takes seconds."""
    with open_admin() as admin:
        yield admin


@pytest.fixture(scope="session")
def hbase_tables(hbase_admin: HBaseAdmin) -> Iterator[Relevance]:
    """Make the tables of a deployment."""
    relevance = unique_relevance(user_events={"ttl": "30d", "regions": 3})
    hbase_admin.create(relevance)
    yield relevance
    hbase_admin.drop(relevance)


@pytest.fixture(scope="session")
def topics(cluster: Settings) -> Iterator[Topics]:
    """Make topics; those called like test deployments of this run are gone in the end."""
    made = _NotedTopics(cluster.tuning.kafka_brokers)
    yield made
    made.delete(made.made)
    made.close()


class _NotedTopics(Topics):
    """Remembers what it made."""

    def __init__(self, brokers: str) -> None:
        super().__init__(brokers)
        self.made: list[str] = []

    def create(self, names, partitions=1):
        found = super().create(names, partitions)
        self.made += found
        return found


@pytest.fixture(params=["memory", pytest.param("hbase", marks=pytest.mark.cluster)])
def user_events(request) -> Iterator[UserEvents]:
    """Return the users' events, of each kind."""
    if request.param == "memory":
        yield MemoryUserEvents()
        return
    settings, relevance = request.getfixturevalue("cluster"), request.getfixturevalue("hbase_tables")
    hbase = open_hbase(settings)
    yield HBaseUserEvents(hbase, relevance.user_events_table)
    hbase.close()
