"""The schemas of a deployment: what Redis has of each, and how far each has counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from dealstream.domain.ranges import Ranges
from dealstream.domain.schemas import RETIRED, progress
from dealstream.stores.redis_schemas import SchemaKeys

Place = tuple[int, int]


@dataclass
class Held:
    """What one server has of a schema: ``ranges`` are the (slot, partition) of which it has counted something."""

    keys: int = 0
    measured: int = 0
    measured_bytes: int = 0
    watermarks: dict[Place, int] = field(default_factory=dict)
    ranges: list[Place] = field(default_factory=list)
    spoilt: bool = False

    def add(self, found: SchemaKeys) -> None:
        """Add some of its keys."""
        self.keys += found.number
        self.measured += len(found.sizes)
        self.measured_bytes += sum(found.sizes)
        self.ranges += found.ranges
        for place, text in found.ranges.items():
            if text == RETIRED:
                self.spoilt = True
            else:
                self.watermarks[place] = Ranges.parse(text).watermark

    @property
    def bytes(self) -> int:
        """How much memory its keys take, estimated from those that were measured."""
        return round(self.measured_bytes * self.keys / self.measured) if self.measured else 0


@dataclass
class Schema:
    """A schema, and what each server has of it, by its address."""

    name: str
    held: dict[str, Held] = field(default_factory=dict)

    def on(self, server: str) -> Held:
        """Return what a server has of it; that may be added to."""
        return self.held.setdefault(server, Held())

    @property
    def keys(self) -> int:
        """How many keys it has."""
        return sum(held.keys for held in self.held.values())

    @property
    def bytes(self) -> int:
        """How much memory these take."""
        return sum(held.bytes for held in self.held.values())

    @property
    def estimated(self) -> bool:
        """Whether ``bytes`` is estimated."""
        return any(held.measured < held.keys for held in self.held.values())

    @property
    def spoilt(self) -> bool:
        """Whether somebody has begun to delete it."""
        return any(held.spoilt for held in self.held.values())

    def counted(self, slots: int | None = None) -> int:
        """Return how many records all ``slots`` have counted; see `progress`."""
        watermarks: dict[Place, int] = {}
        for held in self.held.values():
            for place, watermark in held.watermarks.items():
                watermarks[place] = max(watermark, watermarks.get(place, 0))
        return progress(watermarks, slots)


def table(schemas: Mapping[str, Schema], current: str, slots: int, running: str | None) -> pl.DataFrame:
    """Return a row a schema, the current one first, even if Redis has no key of it yet.

    ``slots`` are those of the current one, ``running`` is the one that a topology counts into.
    """
    rows = []
    for name in sorted({*schemas, current}, key=lambda name: (name != current, name)):
        schema = schemas.get(name) or Schema(name)
        watermark = schema.counted(slots if name == current else None)
        rows.append((name, _state(schema, current, running), schema.keys, schema.bytes, watermark))
    kinds = {"schema": pl.String, "state": pl.String, "keys": pl.Int64, "bytes": pl.Int64, "watermark": pl.Int64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _state(schema: Schema, current: str, running: str | None) -> str:
    states: Sequence[tuple[bool, str]] = (
        (schema.name == current, "current"),
        (schema.name == running, "counted by the running topology"),
        (schema.spoilt, "deleted in part"),
    )
    return next((state for holds, state in states if holds), "retired")
