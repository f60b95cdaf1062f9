"""The counts of candidates' buckets, looked up in the cubes of their owners, all candidates at once."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain.cube import Cube
from dealstream.domain.cuboid import ID_BITS, Cuboid
from dealstream.domain.ranking.backoff import Evidence
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.tree import Tree

_Int64s = npt.NDArray[np.int64]


class Table:
    """The buckets of many cubes of one owner dimension as one sorted array; worth keeping for the next lookup."""

    def __init__(self, cubes: Mapping[str, Cube]) -> None:
        """Take cubes by owner."""
        self._numbers = dict(zip(cubes, range(len(cubes)), strict=True))
        found = list(cubes.values())
        above = np.repeat(np.arange(len(found)) << ID_BITS, [len(cube.ids) for cube in found])
        # two ends that no key reaches, so that what follows the last bucket can be looked at
        self._keys = np.concatenate([*(cube.ids for cube in found), np.full(2, np.iinfo(np.int64).max)])
        self._keys[:-2] |= above
        self._counts = np.concatenate([*(cube.counts for cube in found), np.zeros(2, np.int64)])

    def owners(self, labels: Sequence[str]) -> _Int64s:
        """Return what stands above the bucket ids of each owner; of one without a cube, what no bucket has."""
        nobody = len(self._numbers)
        numbers = (self._numbers.get(label, nobody) for label in labels)
        return np.fromiter(numbers, np.int64, len(labels)) << ID_BITS

    def counts(self, keys: _Int64s) -> tuple[_Int64s, _Int64s]:
        """Return the impressions and conversions of buckets by the keys of the former; the latter come right after."""
        places = np.searchsorted(self._keys, keys)
        shown = self._keys[places] == keys
        after = places + shown
        bought = self._keys[after] == keys + 1
        return self._counts[places] * shown, self._counts[after] * bought


def owners(tree: Tree, candidates: Candidates) -> dict[str, list[str]]:
    """Return whose cubes `evidence` needs: by owner dimension the labels that candidates have."""
    found = {}
    for dimension in dict.fromkeys(cuboid.owner for cuboid in tree.cuboids):
        labels = candidates.labels[dimension]
        found[dimension] = [labels[code] for code in np.unique(candidates.codes[dimension]).tolist()]
    return found


def evidence(tree: Tree, candidates: Candidates, tables: Mapping[str, Table]) -> Evidence:
    """Return the counts of each node's bucket for each candidate; there is a table for each owner dimension."""
    above = {name: table.owners(candidates.labels[name])[candidates.codes[name]] for name, table in tables.items()}
    shape = len(tree.nodes), len(candidates)
    impressions, conversions = np.zeros(shape), np.zeros(shape)
    # nodes of one cuboid, on different ways there, have the same counts
    known: dict[str, int] = {}
    for number, node in enumerate(tree.nodes):
        cuboid = node.cuboid
        same = known.setdefault(cuboid.name, number)
        if same == number:
            keys = above[cuboid.owner] | _buckets(cuboid, candidates)
            impressions[number], conversions[number] = tables[cuboid.owner].counts(keys)
        else:
            impressions[number], conversions[number] = impressions[same], conversions[same]
    return Evidence(impressions, conversions)


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
    return Evidence(both[:1], both[1:])


def _buckets(cuboid: Cuboid, candidates: Candidates) -> _Int64s:
    """Return the id of each candidate's impressions."""
    codes = [candidates.durable[name] for name in cuboid.dimensions[1:]]
    return cuboid.ids(codes, np.zeros(len(candidates), np.int8))
