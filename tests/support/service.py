"""The HTTP service on the memory twins, with the topology played by a few lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from dealstream.domain.batch import KEEP
from dealstream.domain.flush import Flush
from dealstream.domain.relevance import Relevance
from dealstream.domain.rows import RowMapper
from dealstream.domain.window import FlushWindow
from dealstream.service.app import create_app
from dealstream.service.keys import Keys
from dealstream.service.limits import Limits
from dealstream.service.stores import SharedLog, Stores
from dealstream.serving.counts import ReadCounts
from dealstream.stores.catalogue import MemoryCatalogue
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.erasures import MemoryErasures
from dealstream.stores.event_log import MemoryEventLog
from dealstream.stores.log import MemoryLog
from dealstream.stores.rejected import MemoryRejected
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary
from tests.support.ranking import relevance as ranked_relevance

NOW = 1_760_000_000_000
KEYS = {"DEALSTREAM_READ_KEYS": "reader, other", "DEALSTREAM_WRITE_KEYS": "writer", "DEALSTREAM_ADMIN_KEYS": "admin"}
MANY = Limits(per_second=1e9, burst=10**9)


@dataclass
class Backstage:
    """The stores of a service, and what the topology would do with its events."""

    relevance: Relevance = field(default_factory=ranked_relevance)
    log: MemoryLog = field(default_factory=lambda: MemoryLog(partitions=2))
    vocabulary: MemoryVocabulary = field(default_factory=MemoryVocabulary)
    user_events: MemoryUserEvents = field(default_factory=MemoryUserEvents)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    profiles: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    rejected: MemoryRejected = field(default_factory=MemoryRejected)
    erasures: MemoryErasures = field(default_factory=MemoryErasures)

    def __post_init__(self) -> None:
        """Begin without counts."""
        self.counters = MemoryCounters(self.relevance.keys)

    def stores(self, **changes: Any) -> Stores:
        """Return what the service is given."""
        found = Stores(
            events=MemoryEventLog(self.log),
            log=SharedLog(self.log),
            rejected=self.rejected,
            counters=self.counters,
            counts=ReadCounts(self.counters),
            vocabulary=self.vocabulary,
            user_events=self.user_events,
            catalogue=self.catalogue,
            profiles=self.profiles,
            erasures=self.erasures,
            topology=lambda: None,
        )
        return replace(found, **changes)

    def client(self, key: str | None = None, environment: Mapping[str, str] | None = None, **more: Any) -> TestClient:
        """Return a client of the service; with a key, or an environment, there are keys."""
        environment = KEYS if environment is None and key is not None else environment or {}
        app = create_app(
            self.relevance,
            self.stores(**more.pop("stores", {})),
            Keys.of(environment),
            more.pop("limits", MANY),
            lambda: NOW,
        )
        headers = {} if key is None else {"X-API-Key": key}
        return TestClient(app, headers=headers, raise_server_exceptions=False, **more)

    def values(self) -> list[bytes]:
        """Return all events on the log."""
        return [value for records in self.log.records.values() for value in records.values if value is not None]

    def run(self) -> None:
        """Do what the topology does with all that is on the log, but dedup."""
        window = FlushWindow(self.relevance)
        for partition, (first, end) in self.log.bounds(self.log.partitions()).items():
            for batch in self.log.read(partition, first, end):
                window.add(batch, KEEP * len(batch))
                for row, column, value in RowMapper(self.relevance).cells(batch, KEEP * len(batch)):
                    self.user_events.write({row: {column: value}})
            self.log.commit({partition: end})
        self.counters.apply(Flush(self.relevance, window, self._codes))

    def everything(self) -> tuple[Any, ...]:
        """Return all that is written anywhere, to compare it with later."""
        return (
            self.values(),
            {row: dict(columns) for row, columns in self.user_events.rows.items()},
            dict(self.catalogue.documents),
            dict(self.profiles.documents),
            dict(self.counters.strings),
            {name: dict(self.vocabulary.labels(name)) for name in self.relevance.dimensions},
            MemoryErasures(self.erasures.tombstones).news(),
        )

    def _codes(self, dimension: str, labels: Sequence[str]) -> np.ndarray:
        return np.array(self.vocabulary.codes(dimension, labels), np.int32)
