"""Every cube and every set of unique users of a tile has an end, whatever Redis forgets."""

import time
from collections.abc import Iterator

import pytest

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.open import counter_layout
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_servers import RedisServers
from tests.support.counting import Codes
from tests.support.events import event
from tests.support.flushes import flush_of
from tests.support.names import unique_relevance

# one deal, today: at first seen by men, then by women too, then another deal
AUDIENCES = [("d1", "m"), ("d1", "f"), ("d2", "x")]


class Store:
    """A deployment that counts unique users by day, on one server."""

    def __init__(self, server) -> None:
        by_day = {"dimensions": ["deal", "gender"], "tiles": ["day"], "users": True}
        self.relevance = unique_relevance(cuboids=[by_day], tiles={"day": "30d"})
        self.server = server
        self.counters = self.open()
        self._log = [
            (offset, event(offset, deal=deal, gender=gender, time=int(time.time() * 1000)))
            for offset, (deal, gender) in enumerate(AUDIENCES)
        ]

    def open(self) -> RedisCounters:
        keys = self.relevance.keys
        return RedisCounters(
            RedisServers([self.server.address], keys, timeout_ms=5000), keys, counter_layout(self.relevance)
        )

    def count(self, first: int, end: int, partition: int = 0) -> None:
        self.counters.apply(flush_of(self.relevance, self._log, [(first, end)], Codes(), partition))

    def endless(self) -> list[bytes]:
        """Return the keys of the tile that never expire."""
        with self.server.client() as client:
            keys = [*client.keys("*:cube:2*"), *client.keys("*:users:2*")]
            assert keys
            return [key for key in keys if client.ttl(key) < 0]

    def set_back(self) -> None:
        self.server.kill()
        self.server.start()


@pytest.fixture
def store(own_redis) -> Iterator[Store]:
    store = Store(own_redis[0])
    yield store
    store.counters.close()


def test_what_is_in_a_tile_expires_with_it(store):
    store.count(0, 3)
    assert store.endless() == []


@pytest.mark.parametrize("again", [[(0, 3)], [(1, 3)], [(1, 2), (2, 3)], [(0, 2), (2, 3)]])
@pytest.mark.parametrize("dumped", [0, 1, 2])
def test_a_server_that_was_set_back_is_told_again(store, dumped, again):
    """The cube of a deal may be in the dump, and the users of one of its audiences not."""
    for offset in range(dumped):
        store.count(offset, offset + 1)
    store.server.dump()
    for offset in range(dumped, 3):
        store.count(offset, offset + 1)
    store.set_back()
    for first, end in again:
        store.count(first, end)
    assert store.endless() == []


def test_what_was_told_with_another_partition_is_told_again(store):
    """The ranges that the flush reads say nothing of the set-back, nor does the cube, which is in the dump."""
    store.count(0, 1, partition=0)
    store.server.dump()
    store.count(1, 2, partition=1)
    store.set_back()
    store.count(1, 2, partition=0)
    assert store.endless() == []


def test_a_server_that_does_not_take_an_end_takes_no_key(store):
    """A process that ends between making a key and telling it could never make up for that."""
    store.count(0, 1, partition=0)
    store.set_back()
    with store.server.client() as client:
        client.acl_setuser("default", enabled=True, commands=["-expireat"])
        with pytest.raises(StoreUnavailableError, match="expireat"):
            store.count(0, 1, partition=1)
        assert client.keys(store.relevance.keys.every_slot) == []
        client.acl_setuser("default", enabled=True, commands=["+expireat"])
    store.count(0, 1, partition=1)
    assert store.endless() == []


def test_keys_are_told_once(store):
    store.count(0, 2)
    with store.server.client() as client:
        client.config_resetstat()
        store.count(1, 3)
        store.count(2, 3, partition=1)
        assert client.info("commandstats")["cmdstat_expireat"]["calls"] == 2, "the cube of d2 and its users"
