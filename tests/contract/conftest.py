"""Servers and tables that contract tests share; each test keeps to names of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealstream.domain.relevance import Relevance
from dealstream.settings import Settings
from dealstream.stores.hbase_admin import HBaseAdmin, open_admin
from dealstream.stores.topics import Topics
from tests.support.names import unique_relevance
from tests.support.redis_server import RedisServer, need_redis


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory) -> Iterator[list[RedisServer]]:
    """Run two servers."""
    need_redis()
    folder = tmp_path_factory.mktemp("redis")
    servers = [RedisServer(folder / name).start() for name in ("one", "two")]
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture
def own_redis(tmp_path) -> Iterator[list[RedisServer]]:
    """Run two servers that the test may treat badly."""
    yield from _of_its_own(tmp_path, "one", "two")


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
