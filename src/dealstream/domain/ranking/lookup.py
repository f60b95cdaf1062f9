"""The counts of candidates' buckets, looked up in the cubes of their owners, all candidates at once."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain.cube import Cube
from dealstream.domain.cuboid import ID_BITS, Cuboid
from dealstream.domain.ranking.backoff import Evidence
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.tree import Node, Tree

_Int64s = npt.NDArray[np.int64]
Cubes = Mapping[str, Mapping[str, Cube]]


def owners(tree: Tree, candidates: Candidates) -> dict[str, list[str]]:
    """Return whose cubes `evidence` needs: by owner dimension the labels that candidates have."""
    found = {}
    for dimension in dict.fromkeys(cuboid.owner for cuboid in tree.cuboids):
        labels = candidates.labels[dimension]
        found[dimension] = [labels[code] for code in np.unique(candidates.codes[dimension]).tolist()]
    return found


def evidence(tree: Tree, candidates: Candidates, cubes: Cubes) -> Evidence:
    """Return the counts of each node's bucket for each candidate; ``cubes`` are by owner dimension and owner.

    What has no cube was never counted.
    """
    dimensions = {cuboid.owner for cuboid in tree.cuboids}
    tables = {name: _Table(candidates.labels[name], cubes.get(name, {})) for name in dimensions}
    shape = len(tree.nodes), len(candidates)
    impressions, conversions = np.zeros(shape), np.zeros(shape)
    # nodes of one cuboid, on different ways there, have the same counts
    known: dict[str, int] = {}
    for number, node in enumerate(tree.nodes):
        same = known.setdefault(node.cuboid.name, number)
        if same != number:
            impressions[number], conversions[number] = impressions[same], conversions[same]
            continue
        impressions[number], conversions[number] = tables[node.cuboid.owner].counts(_buckets(node, candidates))
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


def _buckets(node: Node, candidates: Candidates) -> _Int64s:
    """Return the key of each candidate's impressions: its owner's position, above the bits of the bucket id."""
    cuboid = node.cuboid
    codes = [candidates.durable[name] for name in cuboid.dimensions[1:]]
    ids = cuboid.ids(codes, np.zeros(len(candidates), np.int8))
    return candidates.codes[cuboid.owner].astype(np.int64) << ID_BITS | ids


class _Table:
    """The buckets of many cubes as one sorted array: the owner's position above the bits of the id."""

    def __init__(self, labels: Sequence[str], cubes: Mapping[str, Cube]) -> None:
        found = [(position, cubes[label]) for position, label in enumerate(labels) if label in cubes]
        sizes = [len(cube.ids) for _, cube in found]
        above = np.repeat(np.array([position for position, _ in found], np.int64) << ID_BITS, sizes)
        ids = np.concatenate([np.zeros(0, np.int64), *(cube.ids for _, cube in found)])
        # two ends that no key reaches, so that what follows the last bucket can be looked at
        end = np.full(2, np.iinfo(np.int64).max)
        self._keys = np.concatenate([above | ids, end])
        self._counts = np.concatenate([*(cube.counts for _, cube in found), np.zeros(2, np.int64)])

    def counts(self, keys: _Int64s) -> tuple[_Int64s, _Int64s]:
        """Return the impressions and conversions of buckets; the conversions have the id after the impressions."""
        places = np.searchsorted(self._keys, keys)
        shown = self._keys[places] == keys
        after = places + shown
        bought = self._keys[after] == keys + 1
        return self._counts[places] * shown, self._counts[after] * bought
