"""A deployment's counters on Redis servers of a test, and what they should hold."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from dealstream.domain.flush import Applied, Flush, Plan
from dealstream.domain.relevance import Relevance
from dealstream.stores.open import counter_layout
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_placement import Placement
from tests.support.counting import Codes, counted, expected
from tests.support.flushes import flush_of, varied_log
from tests.support.names import unique_relevance
from tests.support.redis_server import RedisServer
from tests.support.redis_servers import Servers


class Interrupted(Flush):
    """A flush during whose transactions, after the ranges were read, something else happens."""

    meanwhile: Iterator[Callable[[], object]] = iter(())

    def plan(self, slots: Iterable[int], applied: Applied) -> Plan:
        """Let the next thing happen, then plan."""
        next(self.meanwhile, lambda: None)()
        return super().plan(slots, applied)


class RedisStore:
    """The counters of one deployment on some servers, and what they should hold."""

    def __init__(self, servers: Sequence[RedisServer], timeout_ms: int = 5000, cluster: bool = False) -> None:
        self.relevance: Relevance = unique_relevance(slots=8)
        self.log = varied_log(200)
        self.codes = Codes()
        self.servers = list(servers)
        self.keys = self.relevance.keys
        self._opened: list[RedisCounters] = []
        self._cluster = cluster
        self._timeout_ms = timeout_ms
        self.counters = self.open()

    def open(self, servers: Sequence[RedisServer] | None = None) -> RedisCounters:
        """Open the counters once more, maybe with other servers in the configuration."""
        placement = self.place(servers)
        self._opened.append(RedisCounters(placement, self.keys, counter_layout(self.relevance)))
        return self._opened[-1]

    def place(self, servers: Sequence[RedisServer] | None = None) -> Placement:
        """Return where the slots are, for the caller to close; maybe with other servers in the configuration."""
        return Servers(servers or self.servers, self._cluster).place(self.keys, self._timeout_ms)

    def holder(self, slot: int) -> RedisServer:
        """Return the server that a slot is on."""
        placement = self.place()
        (group,) = placement.groups([slot])
        placement.close()
        return next(server for server in self.servers if server.address == group.name)

    def flush(self, *pieces: tuple[int, int], meanwhile: Iterable[Callable[[], object]] = ()) -> Flush:
        """Return the flush of these pieces of the log, during whose transactions something else happens."""
        flush = flush_of(self.relevance, self.log, pieces, self.codes, kind=Interrupted)
        flush.meanwhile = iter(meanwhile)
        return flush

    def replay(self) -> None:
        """Count again from the lowest watermark, as the spout lets the sinks do."""
        watermark = min(ranges.watermark for ranges in self.counters.applied([0]).values())
        self.counters.apply(self.flush((watermark, len(self.log))))

    def assert_exact(self, counters: RedisCounters | None = None) -> None:
        """Compare every bucket of the whole log, as these counters read it."""
        found = counted(self.relevance, counters or self.counters, self.codes.vocabulary)
        assert found == expected(self.relevance, [value for _, value in self.log])

    def close(self) -> None:
        """Close all that was opened."""
        for counters in self._opened:
            counters.close()
