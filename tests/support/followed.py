"""Worlds in which cubes are counted, folded, dropped and set back, in memory or on real servers, and followed."""

from collections.abc import Sequence

import numpy as np

from dealstream.domain import cube
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.relevance import Relevance
from dealstream.serving.counts import ReadCounts
from dealstream.serving.follower import Follower
from dealstream.stores.counters import Counters, MemoryCounters
from dealstream.stores.cube_changes import CubeChanges, MemoryCubeChanges
from dealstream.stores.open import counter_layout
from dealstream.stores.redis_changes import RedisCubeChanges
from dealstream.stores.redis_counters import RedisCounters
from tests.support.counting import Codes
from tests.support.flushes import flush_of, varied_log
from tests.support.names import unique_relevance
from tests.support.redis_servers import Servers

LOG = varied_log(3000, deals=4)
OWNERS = {"deal": ["d0", "d1", "d2", "d3", "never shown"], "city": ["c0", "c1", "c2"], "gender": ["f", "m", "other"]}


class World:
    """Counts a log of four deals, and follows it."""

    def __init__(self, relevance: Relevance, counters: Counters, changes: CubeChanges) -> None:
        self.relevance = relevance
        self.counters = counters
        self.changes = changes
        self.follower = Follower(changes, relevance.keys)
        self._codes = Codes()

    def count(self, events: int) -> None:
        """Count so many events more, after the lowest watermark."""
        first = min(ranges.watermark for ranges in self.counters.applied([0]).values())
        self.counters.apply(flush_of(self.relevance, LOG, [(first, min(first + events, len(LOG)))], self._codes))

    def key(self, dimension: str, number: int) -> str:
        """Return the key of an owner's cube."""
        owners = OWNERS[dimension]
        return self.relevance.keys.cube("ever", dimension, owners[number % len(owners)])

    def assert_followed(self, wanted: dict[str, Sequence[str]]) -> None:
        """Compare what the follower knows with a fresh read."""
        self.follower.refresh()
        known, fresh = self.follower.tables(wanted), ReadCounts(self.counters).tables(wanted)
        for dimension, owners in wanted.items():
            for owner in owners:
                width = self.relevance.layout.width(dimension)
                found = _counts(known[dimension], owner, width)
                assert found == _counts(fresh[dimension], owner, width), f"{dimension} {owner}"

    def close(self) -> None:
        """Close what was opened."""
        self.follower.close()


class MemoryWorld(World):
    """In memory."""

    def __init__(self) -> None:
        relevance = unique_relevance()
        self.memory = MemoryCounters(relevance.keys)
        super().__init__(relevance, self.memory, MemoryCubeChanges(self.memory, relevance.keys))
        self._dumped: dict[str, bytes] = {}

    def fold(self, key: str) -> None:
        """Fold a cube."""
        if key in self.memory.strings:
            self.memory.strings[key] = cube.fold(self.memory.strings[key])

    def drop(self, key: str) -> None:
        """Let a cube expire."""
        self.memory.strings.pop(key, None)

    def dump(self) -> None:
        """Write the dump that everything is set back to."""
        self._dumped = dict(self.memory.strings)

    def set_back(self) -> None:
        """Set everything back."""
        self.memory.strings = dict(self._dumped)


class RedisWorld(World):
    """On real servers, which may be shared unless they are set back."""

    def __init__(self, servers: Servers) -> None:
        relevance = unique_relevance()
        self._servers = servers
        self._placement = servers.place(relevance.keys)
        self.redis = RedisCounters(self._placement, relevance.keys, counter_layout(relevance))
        changes = RedisCubeChanges(servers.place(relevance.keys), relevance.keys, 5000)
        super().__init__(relevance, self.redis, changes)

    def fold(self, key: str) -> None:
        """Fold a cube."""
        (group,) = self._placement.groups([self.relevance.keys.slot_of(key)])
        if data := group.client.get(key):
            group.client.set(key, cube.fold(data))

    def drop(self, key: str) -> None:
        """Let a cube expire: at once, which no listener hears otherwise than later."""
        (group,) = self._placement.groups([self.relevance.keys.slot_of(key)])
        group.client.pexpireat(key, 1)

    def dump(self) -> None:
        """Write the dumps that the servers are set back to."""
        for server in self._servers.servers:
            server.dump()

    def set_back(self) -> None:
        """Set the first server back."""
        self._servers.servers[0].set_back()

    def close(self) -> None:
        """Close what was opened."""
        super().close()
        self.redis.close()


def _counts(table: Table, owner: str, width: int) -> list[int]:
    found, _ = table.counts(table.owners([owner]) | np.arange(width))
    return found.tolist()
