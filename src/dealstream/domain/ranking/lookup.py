"""The counts of candidates' buckets, looked up in the cubes of their owners, all candidates at once."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain.cube import Cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.ranking.backoff import Evidence
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.tree import Tree

_Int64s = npt.NDArray[np.int64]


def owners(tree: Tree, candidates: Candidates) -> dict[str, list[str]]:
    """Return whose cubes `evidence` needs: by owner dimension the labels that candidates have."""
    found = {}
    for dimension in dict.fromkeys(cuboid.owner for cuboid in tree.cuboids):
        labels = candidates.labels[dimension]
        found[dimension] = [labels[code] for code in np.unique(candidates.codes[dimension]).tolist()]
    return found


def evidence(
    tree: Tree, candidates: Candidates, tables: Mapping[str, Table], exposures: Exposures | None = None
) -> Evidence:
    """Return the counts of each node's bucket for each candidate; there is a table for each owner dimension.

    Without ``exposures`` every impression is taken for one.
    """
    rows: dict[str, tuple[_Int64s, _Int64s]] = {}
    for dimension, table in tables.items():
        # by rising ids, so that keys rise within an owner
        cuboids = sorted((each for each in tree.cuboids if each.owner == dimension), key=lambda each: each.base)
        found = _counts(cuboids, candidates, table)
        rows |= zip((cuboid.name for cuboid in cuboids), found, strict=True)
    # nodes of one cuboid, on different ways there, have the same counts
    every = [rows[node.cuboid.name] for node in tree.nodes]
    shape = len(every), len(candidates)
    impressions = np.array([shown for shown, _ in every], np.float64).reshape(shape)
    conversions = np.array([bought for _, bought in every], np.float64).reshape(shape)
    exposure = np.ones(shape) if exposures is None else exposures.of(tree, candidates)
    return Evidence(impressions, conversions, exposure)


def all_buckets(cuboid: Cuboid, cubes: Iterable[Cube]) -> Evidence:
    """Return the counts of every bucket of a cuboid in these cubes, once each, in no order: one row."""
    rows = [np.zeros((2, 0), np.int64)]
    for cube in cubes:
        mine = cuboid.holds(cube.ids)
        buckets, types = np.divmod(cube.ids[mine] - cuboid.base, cuboid.types)
        numbers, places = np.unique(buckets, return_inverse=True)
        counts = np.zeros((cuboid.types, len(numbers)), np.int64)
        counts[types, places] = cube.counts[mine]
        rows.append(counts[:2])
    both = np.hstack(rows).astype(np.float64)
    return Evidence(both[:1], both[1:], np.ones_like(both[:1]))


def _counts(cuboids: Sequence[Cuboid], candidates: Candidates, table: Table) -> list[tuple[_Int64s, _Int64s]]:
    """Return by cuboid, all of them of one owner dimension, the impressions and conversions of each candidate."""
    dimension = cuboids[0].owner
    above = table.owners(candidates.labels[dimension])[candidates.codes[dimension]]
    # a search goes through memory in one direction, and is several times as fast, if keys rise
    order = np.argsort(above)
    keys = np.stack([above | _buckets(cuboid, candidates) for cuboid in cuboids], axis=1)[order]
    found = np.empty((2, *keys.shape), np.int64)
    found[:, order] = np.stack(table.counts(keys.ravel())).reshape(found.shape)
    return list(zip(*found.transpose(0, 2, 1), strict=True))


def _buckets(cuboid: Cuboid, candidates: Candidates) -> _Int64s:
    """Return the id of each candidate's impressions."""
    codes = [candidates.durable[name] for name in cuboid.dimensions[1:]]
    return cuboid.ids(codes, np.zeros(len(candidates), np.int8))
