"""Buckets as tables: the counts of a cuboid, with labels instead of codes."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from dealstream.domain.cube import Cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.dimension import OTHER, UNKNOWN, Closed
from dealstream.domain.relevance import EventTypes, Relevance
from dealstream.stores.counters import Counters
from dealstream.stores.vocabulary import Vocabulary

_Int64s = npt.NDArray[np.int64]


class BucketReader:
    """Reads cuboids; cubes and labels that were read once serve all later questions, so make one per look."""

    def __init__(self, relevance: Relevance, counters: Counters, vocabulary: Vocabulary) -> None:
        self._relevance = relevance
        self._counters = counters
        self._vocabulary = vocabulary
        self._cubes: dict[str, Mapping[str, Cube]] = {}
        self._labels: dict[str, Sequence[str]] = {}

    def read(self, cuboid: Cuboid, where: Mapping[str, str] | None = None) -> pl.DataFrame:
        """Return the buckets of a cuboid: a column of labels per dimension, ``type`` and ``count``, sorted by count.

        ``where`` keeps the buckets with these labels; with the owner among them one cube is read, not all.
        """
        where = where or {}
        cubes = self._owned(cuboid.owner, where.get(cuboid.owner))
        owners, ids, counts = _entries(cuboid, cubes)
        codes, types = cuboid.split(ids)
        names = np.array(self._relevance.types.names)
        columns = {cuboid.owner: np.repeat(np.array(list(cubes), dtype=object), owners).astype(str)}
        for name, code in zip(cuboid.dimensions[1:], codes, strict=True):
            columns[name] = np.array(self._labels_of(name))[code]
        frame = pl.DataFrame({**columns, "type": names[types], "count": counts}).cast(dict.fromkeys(columns, pl.String))
        for name, label in where.items():
            frame = frame.filter(pl.col(name) == label)
        return frame.sort("count", descending=True)

    def _owned(self, dimension: str, owner: str | None) -> Mapping[str, Cube]:
        if owner is not None:
            return self._counters.cubes(dimension, [owner])
        if dimension not in self._cubes:
            found = self._relevance.dimensions[dimension]
            owners = found.labels if isinstance(found, Closed) else self._counters.owners(dimension)
            self._cubes[dimension] = self._counters.cubes(dimension, owners)
        return self._cubes[dimension]

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


def _entries(cuboid: Cuboid, cubes: Mapping[str, Cube]) -> tuple[_Int64s, _Int64s, _Int64s]:
    """Return how many buckets of ``cuboid`` each cube has, and all their ids and counts."""
    empty = np.zeros(0, np.int64)
    masks = [cuboid.holds(cube.ids) for cube in cubes.values()]
    sizes = np.array([int(mask.sum()) for mask in masks], np.int64)
    ids = np.concatenate([empty, *(cube.ids[mask] for cube, mask in zip(cubes.values(), masks, strict=True))])
    counts = np.concatenate([empty, *(cube.counts[mask] for cube, mask in zip(cubes.values(), masks, strict=True))])
    return sizes, ids, counts
