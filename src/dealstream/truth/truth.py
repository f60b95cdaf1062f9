"""The counts as they must come out: the first occurrence of each id, grouped and counted by polars."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from dealstream.domain import tile
from dealstream.domain.dimension import Open
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import EVER, Grain, Tile
from dealstream.ndjson import BLOCK_BYTES, blocks
from dealstream.truth import labels, times

# no dimension can be called that
_ID, _USER = "$id", "$user"


class TruthError(ValueError):
    """The counts can't be known from the events alone; the message says why."""


class Truth:
    """The events of a deployment reduced to id, user, type, the label of each dimension, and the tiles they lie in.

    In memory it takes about 70 bytes an event and what its ids take.
    """

    def __init__(self, events: pl.DataFrame, relevance: Relevance) -> None:
        self._events = events
        self.relevance = relevance

    @staticmethod
    def of(texts: Iterable[bytes], relevance: Relevance) -> "Truth":
        """Read NDJSON given in pieces of whole lines, in the order they were produced. Every line must be an event.

        Raises:
            TruthError: an open dimension has more values than its capacity, so that which of them became ``other``
                hangs on the order in which they were counted.

        """
        names = relevance.event
        schema: dict[str, type[pl.DataType]] = dict.fromkeys((names.id, names.user, names.type), pl.String)
        for dimension in relevance.dimensions.values():
            schema |= labels.schema(dimension)
        grains = [grain for grain in relevance.layout.grains() if grain is not Grain.EVER]
        if grains:
            schema[names.time] = pl.String
        columns = [
            pl.col(names.id).alias(_ID),
            pl.col(names.user).cast(pl.Categorical).alias(_USER),
            pl.col(names.type).cast(pl.Enum(relevance.types.names)).alias("type"),
            *map(labels.label, relevance.dimensions.values()),
        ]
        if grains:
            columns.append(times.milliseconds(names.time).alias("time"))
        frames = [pl.DataFrame(schema=schema).select(columns)]
        frames += [pl.read_ndjson(text, schema=schema).select(columns) for text in texts if text]
        events = pl.concat(frames).unique(_ID, keep="first", maintain_order=True)
        events = events.with_columns(times.tile(grain).cast(pl.Categorical).alias(f"${grain}") for grain in grains)
        _check_capacities(events, relevance)
        return Truth(events, relevance)

    @staticmethod
    def of_files(paths: Sequence[Path], relevance: Relevance) -> "Truth":
        """Read files in which every line is an event, in the order they were produced.

        Raises:
            TruthError: see `of`.

        """
        return Truth.of(_texts(paths), relevance)

    def tiles(self, grain: Grain) -> list[Tile]:
        """Return the tiles in which there are events, in the order of time."""
        if grain is Grain.EVER:
            return [EVER]
        return sorted(map(tile.parse, self._events[f"${grain}"].unique().to_list()))

    def buckets(self, dimensions: Sequence[str], of: Tile = EVER) -> pl.DataFrame:
        """Return what a cuboid must hold in a tile: its dimensions' labels and ``type`` as text, and ``count``."""
        return self._aggregate([*dimensions, "type"], of, pl.len().alias("count"))

    def users(self, dimensions: Sequence[str], of: Tile = EVER) -> pl.DataFrame:
        """Return how many different users each bucket has had: the same columns, and ``users``."""
        return self._aggregate([*dimensions, "type"], of, pl.col(_USER).n_unique().alias("users"))

    def _aggregate(self, keys: list[str], of: Tile, value: pl.Expr) -> pl.DataFrame:
        events = self._events if of == EVER else self._events.filter(pl.col(f"${of.grain}") == of.name)
        return events.group_by(keys).agg(value.cast(pl.Int64)).with_columns(pl.col(keys).cast(pl.String))

    def cells(self) -> pl.DataFrame:
        """Return how many cells each user's row must have, one an id: ``user`` and ``count``."""
        counted = self._events.group_by(pl.col(_USER).cast(pl.String).alias("user")).len("count")
        return counted.with_columns(pl.col("count").cast(pl.Int64))


def _texts(paths: Iterable[Path]) -> Iterable[bytes]:
    for path in paths:
        with path.open("rb") as file:
            for block in blocks(file, str(path), 4 * BLOCK_BYTES):
                yield b"\n".join(block.lines)


def _check_capacities(events: pl.DataFrame, relevance: Relevance) -> None:
    """Owners are stored by their label; a capacity bounds the other dimensions of a cuboid."""
    inner = {name for cuboid in relevance.layout.cuboids for name in cuboid.dimensions[1:]}
    for name in sorted(inner):
        dimension = relevance.dimensions[name]
        if isinstance(dimension, Open):
            values = events.filter(pl.col(name) != "unknown")[name].n_unique()
            if values > dimension.capacity:
                raise TruthError(f"dimension {name} has {values:,} values, over its capacity of {dimension.capacity:,}")
