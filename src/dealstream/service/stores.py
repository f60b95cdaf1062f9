"""All that the service asks: opened once, used by many threads."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Lock

from dealstream.domain.relevance import Storage
from dealstream.queries.lag import PartitionLag
from dealstream.queries.lag import lag as lag_of
from dealstream.queries.topology import TopologyState, topology_state
from dealstream.serving.counts import Counts, ReadCounts
from dealstream.serving.open import open_follower
from dealstream.serving.repeated import Repeated
from dealstream.settings import Settings
from dealstream.stores.catalogue import Catalogue
from dealstream.stores.counters import Counters
from dealstream.stores.erasures import Erasures
from dealstream.stores.event_log import EventLog, KafkaEventLog
from dealstream.stores.log import Log
from dealstream.stores.open import (
    open_catalogue,
    open_counters,
    open_erasures,
    open_hbase_pool,
    open_log,
    open_profiles,
    open_user_events,
    open_vocabulary,
)
from dealstream.stores.rejected import RejectedTail
from dealstream.stores.rejected_tail import KafkaRejectedTail
from dealstream.stores.user_events import UserEvents
from dealstream.stores.vocabulary import Vocabulary

# how long what was counted is not seen yet
FOLLOWED_AGAIN_S = 0.3


class SharedLog:
    """Looks at a log, one thread at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._using = Lock()

    def ends(self) -> dict[int, int]:
        """Return the end of each partition."""
        with self._using:
            return {partition: end for partition, (_, end) in self._log.bounds(self._log.partitions()).items()}

    def lag(self, counters: Counters) -> list[PartitionLag]:
        """Return the state of every partition."""
        with self._using:
            return lag_of(self._log, counters)


@dataclass(frozen=True)
class Stores:
    """The stores of one deployment; ``counts`` is what ranking reads of the counters, from memory if it can be.

    ``topology`` asks Nimbus, and returns None if the topology does not run. ``repeated`` keeps the memory up to date.
    """

    events: EventLog
    log: SharedLog
    rejected: RejectedTail
    counters: Counters
    counts: Counts
    vocabulary: Vocabulary
    user_events: UserEvents
    catalogue: Catalogue
    profiles: Catalogue
    erasures: Erasures
    topology: Callable[[], TopologyState | None]
    repeated: tuple[Repeated, ...] = ()


def open_stores(settings: Settings, closing: ExitStack) -> Stores:
    """Open the real ones; each connects when it is first asked, and ``closing`` closes them."""
    tuning, relevance = settings.tuning, settings.relevance
    hbase, log, counters = open_hbase_pool(settings), open_log(settings), open_counters(settings)
    events = KafkaEventLog(tuning.kafka_brokers, relevance.topic, tuning.socket_timeout_ms)
    rejected = KafkaRejectedTail(tuning.kafka_brokers, relevance.rejected_topic, tuning.socket_timeout_ms)
    for store in (hbase, log, counters, events, rejected):
        closing.callback(store.close)
    counts, repeated = _open_counts(settings, counters, closing)
    return Stores(
        events=events,
        log=SharedLog(log),
        rejected=rejected,
        counters=counters,
        counts=counts,
        vocabulary=open_vocabulary(settings, hbase),
        user_events=open_user_events(settings, hbase),
        catalogue=open_catalogue(settings, hbase),
        profiles=open_profiles(settings, hbase),
        erasures=open_erasures(settings, hbase),
        topology=lambda: topology_state(settings),
        repeated=repeated,
    )


def _open_counts(settings: Settings, counters: Counters, closing: ExitStack) -> tuple[Counts, tuple[Repeated, ...]]:
    """Follow the cubes; packed hashes can't be followed, and are read for each request."""
    if settings.relevance.counters is Storage.HASH:
        return ReadCounts(counters), ()
    follower = open_follower(settings)
    closing.callback(follower.close)
    return follower, (closing.enter_context(Repeated("follower", FOLLOWED_AGAIN_S, follower.refresh)),)
