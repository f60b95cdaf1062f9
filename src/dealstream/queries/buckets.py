"""Buckets as tables: the counts of a cuboid, with labels instead of codes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dealstream.domain.cube import Cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.dimension import OTHER, UNKNOWN, Closed
from dealstream.domain.relevance import EventTypes, Relevance
from dealstream.stores.counters import ALL_TIME, Counters, Tiles, every_owner
from dealstream.stores.vocabulary import Vocabulary

_Int64s = npt.NDArray[np.int64]


class BucketReader:
    """Reads cuboids; labels and an owner dimension's cubes serve the questions that follow, so make one per look."""

    def __init__(self, relevance: Relevance, counters: Counters, vocabulary: Vocabulary) -> None:
        self._relevance = relevance
        self._counters = counters
        self._vocabulary = vocabulary
        self._last: tuple[str, Tiles] | None = None
        self._entries = _entries({})
        self._labels: dict[str, Sequence[str]] = {}

    def read(self, cuboid: Cuboid, where: Mapping[str, str] | None = None, tiles: Tiles = ALL_TIME) -> pl.DataFrame:
        """Return the buckets of a cuboid: a column of labels per dimension, ``type`` and ``count``, sorted by count.

        ``where`` keeps the buckets with these labels; with the owner among them one cube is read, not all. The counts
        are the sum over ``tiles``.
        """
        return self._frame(cuboid, where or {}, tiles).drop("bucket")

    def users(
        self, cuboid: Cuboid, among: pl.DataFrame, where: Mapping[str, str] | None = None, tiles: Tiles = ALL_TIME
    ) -> pl.DataFrame:
        """Return how many different users each bucket has had: dimensions, ``type`` and ``users``.

        Only of those audiences that are in ``among``, a frame with columns of the cuboid's dimensions.
        """
        frame = self._frame(cuboid, where or {}, tiles).join(among, on=list(cuboid.dimensions), how="semi")
        buckets = list(zip(frame[cuboid.owner], frame["bucket"], strict=True))
        found = pl.Series("users", self._counters.users(cuboid.owner, buckets, tiles), pl.Int64)
        return frame.drop("bucket", "count").with_columns(found)

    def _frame(self, cuboid: Cuboid, where: Mapping[str, str], tiles: Tiles) -> pl.DataFrame:
        owned = self._owned(cuboid.owner, where.get(cuboid.owner), tiles)
        chosen = cuboid.holds(owned.ids)
        ids, counts = owned.ids[chosen], owned.counts[chosen]
        codes, types = cuboid.split(ids)
        columns = {cuboid.owner: _texts(owned.names, owned.owners[chosen])}
        for name, code in zip(cuboid.dimensions[1:], codes, strict=True):
            columns[name] = _texts(self._labels_of(name), code)
        kinds = _texts(self._relevance.types.names, types)
        frame = pl.DataFrame({**columns, "type": kinds, "count": counts, "bucket": ids})
        for name, label in where.items():
            frame = frame.filter(pl.col(name) == label)
        return frame.sort("count", descending=True)

    def _owned(self, dimension: str, owner: str | None, tiles: Tiles) -> "_Entries":
        if owner is not None:
            return _entries(self._counters.cubes(dimension, [owner], tiles))
        if (dimension, tuple(tiles)) != self._last:
            owners = every_owner(self._counters, self._relevance.dimensions, dimension, tiles)
            self._entries = _entries(self._counters.cubes(dimension, owners, tiles))
            self._last = dimension, tuple(tiles)
        return self._entries

    def _labels_of(self, name: str) -> Sequence[str]:
        if name not in self._labels:
            dimension = self._relevance.dimensions[name]
            if isinstance(dimension, Closed):
                self._labels[name] = dimension.labels
            else:
                by_code = {**self._vocabulary.labels(name), 0: UNKNOWN, dimension.capacity + 1: OTHER}
                self._labels[name] = [by_code.get(code, "") for code in range(dimension.capacity + 2)]
        return self._labels[name]


def conversion(buckets: pl.DataFrame, types: EventTypes) -> pl.DataFrame:
    """Turn buckets into one row per audience: ``impressions``, ``conversions``, ``rate`` and the other types' counts.

    The rate is conversions / impressions, null without impressions.
    """
    dimensions = [name for name in buckets.columns if name not in ("type", "count")]
    names = {types.impression: "impressions", types.conversion: "conversions"}
    sums = [
        pl.col("count").filter(pl.col("type") == type_).sum().alias(names.get(type_, type_)) for type_ in types.names
    ]
    rate = pl.when(pl.col("impressions") > 0).then(pl.col("conversions") / pl.col("impressions")).alias("rate")
    return (
        buckets.group_by(dimensions, maintain_order=True)
        .agg(sums)
        .with_columns(rate)
        .sort("impressions", "conversions", descending=True, maintain_order=True)
    )


def reach(rows: pl.DataFrame, users: pl.DataFrame, types: EventTypes) -> pl.DataFrame:
    """Add to rows of `conversion` how many different users were shown a deal, and how many bought one."""
    names = {types.impression: "users_shown", types.conversion: "users_converted"}
    dimensions = [name for name in users.columns if name not in ("type", "users")]
    sums = [pl.col("users").filter(pl.col("type") == type_).sum().alias(name) for type_, name in names.items()]
    return rows.join(users.group_by(dimensions).agg(sums), on=dimensions, how="left", maintain_order="left")


class _Entries(NamedTuple):
    """All buckets of some owners: whose each one is, as a position in ``names``, its id and its count."""

    names: Sequence[str]
    owners: _Int64s
    ids: _Int64s
    counts: _Int64s


def _entries(cubes: Mapping[str, Cube]) -> _Entries:
    """Lay cubes out one after another, so that no question has to look at each of them."""
    empty = np.zeros(0, np.int64)
    sizes = np.array([len(cube.ids) for cube in cubes.values()], np.int64)
    return _Entries(
        list(cubes),
        np.repeat(np.arange(len(cubes)), sizes),
        np.concatenate([empty, *(cube.ids for cube in cubes.values())]),
        np.concatenate([empty, *(cube.counts for cube in cubes.values())]),
    )


def _texts(labels: Sequence[str], positions: _Int64s) -> pl.Series:
    """Return the label at each position."""
    return pl.Series(labels, dtype=pl.String).gather(positions)
