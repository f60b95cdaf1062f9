"""What a deployment counts: its names, the fields of its events, its dimensions and cuboids."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import msgspec
import xxhash

from dealstream.domain.budget import Budget
from dealstream.domain.cuboid import Layout
from dealstream.domain.dimension import Dimension
from dealstream.domain.ranking.ranking import Ranking
from dealstream.domain.schemas import Deployment
from dealstream.domain.slots import Keys
from dealstream.domain.tile import Grain, Tile

DEAL = "deal"
# how many ids a page of packed counts covers
PAGE = 512


class EventFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which JSON fields hold what every event must have."""

    id: str = "id"
    time: str = "time"
    type: str = "type"
    user: str = "user"
    deal: str = "deal"


class EventTypes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The event types that are counted, and which two make the conversion rate."""

    impression: str
    conversion: str
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All types; the position of a type is its code."""
        return (self.impression, self.conversion, *self.others)


class Storage(StrEnum):
    """How counts lie in Redis: as cubes, or in packed hashes."""

    CUBE = "cube"
    HASH = "hash"


@dataclass(frozen=True)
class Relevance:
    """One deployment: its names, the fields of its events, its dimensions and the cuboids it counts.

    ``max_age_ms`` and ``max_ahead_ms`` bound an event's time against its record's Kafka timestamp; None is no bound.
    ``counters`` is how counts lie in Redis; ``retention`` is for how many seconds after its end a tile is kept.
    ``budget`` and ``ranking`` change nothing that is counted.
    """

    name: str
    event: EventFields
    types: EventTypes
    dimensions: Mapping[str, Dimension]
    layout: Layout
    slots: int
    counters: Storage
    max_age_ms: int | None
    max_ahead_ms: int | None
    retention: Mapping[Grain, int]
    ttl_seconds: int | None
    regions: int
    report: tuple[str, ...]
    budget: Budget | None
    ranking: Ranking
    table: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """The Kafka topic of its events."""
        return f"{self.name}.events"

    @property
    def rejected_topic(self) -> str:
        """The Kafka topic of what could not be an event."""
        return f"{self.name}.events.rejected"

    @property
    def schema(self) -> str:
        """Six hex digits that change if, and only if, bucket ids would mean something else."""
        dimensions = {name: asdict(dimension) for name, dimension in self.dimensions.items()}
        cuboids = [asdict(cuboid.spec) for cuboid in self.layout.cuboids]
        parts = [msgspec.structs.asdict(self.event), self.types.names, dimensions, cuboids, self.slots, self.counters]
        return xxhash.xxh3_64_hexdigest(json.dumps(parts, sort_keys=True).encode())[:6]

    def expires_at(self, tile: Tile) -> int | None:
        """Return when a tile is gone, in seconds since 1970; None is never."""
        return None if tile.end_ms is None else tile.end_ms // 1000 + self.retention[tile.grain]

    @property
    def redis_prefix(self) -> str:
        """What every Redis key of the deployment starts with; another schema never reads or writes these keys."""
        return Deployment(self.name).prefix(self.schema)

    @property
    def keys(self) -> Keys:
        """The Redis keys of the deployment."""
        return Keys(self.redis_prefix, self.slots)

    @property
    def user_events_table(self) -> str:
        """The HBase table of the users' events, in the deployment's own namespace."""
        return f"{self.name}:user_events"

    @property
    def dedup_table(self) -> str:
        """The HBase table of the dedup window's finished slices, a cache."""
        return f"{self.name}:dedup"

    @property
    def vocabulary_table(self) -> str:
        """The HBase table of the codes that open dimensions have given out."""
        return f"{self.name}:vocabulary"

    @property
    def erasures_table(self) -> str:
        """The HBase table of the tombstones of erased users."""
        return f"{self.name}:erasures"

    @property
    def catalogue_table(self) -> str:
        """The HBase table of what is known of deals."""
        return f"{self.name}:catalogue"

    @property
    def profiles_table(self) -> str:
        """The HBase table of what is known of users."""
        return f"{self.name}:profiles"

    @property
    def tables(self) -> tuple[str, ...]:
        """All HBase tables of the deployment."""
        return (
            self.user_events_table,
            self.vocabulary_table,
            self.dedup_table,
            self.erasures_table,
            self.catalogue_table,
            self.profiles_table,
        )
