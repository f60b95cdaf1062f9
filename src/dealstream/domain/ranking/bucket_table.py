"""The buckets of many cubes of one owner dimension as sorted arrays: what lookups search, and what updates add to.

A *key* is the number of an owner above a bucket id of 40 bits. A table does not change: `plus` returns another one, so
whoever looks something up sees one state of all counts, whatever is added meanwhile. What is added lies in a small run
beside the large one until it has grown to a share of it: adding a little must not copy everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt

from dealstream.domain.cube import Cube, combine
from dealstream.domain.cuboid import ID_BITS, ID_MASK, Cuboid

# a late run longer than this share of the large one, and than so many buckets, is merged into it
LATE_SHARE, LATE_BUCKETS = 1 / 8, 4096

_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Run:
    """Distinct keys, rising, and their counts; two ends follow, which no key reaches, to be looked at in vain."""

    keys: _Int64s
    counts: _Int64s

    @staticmethod
    def of(keys: _Int64s, counts: _Int64s) -> "_Run":
        return _Run(np.append(keys, _ENDS), np.append(counts, np.zeros(2, np.int64)))

    def __len__(self) -> int:
        return len(self.keys) - len(_ENDS)

    def merged(self, keys: _Int64s, counts: _Int64s) -> "_Run":
        """Return the sum with other buckets, without those that have no count any more."""
        all_keys, all_counts = np.concatenate([self.keys[:-2], keys]), np.concatenate([self.counts[:-2], counts])
        summed_keys, summed = combine(all_keys, all_counts)
        left = summed != 0
        return _Run.of(summed_keys[left], summed[left])

    def find(self, keys: _Int64s) -> tuple[_Int64s, _Int64s]:
        places = np.searchsorted(self.keys, keys)
        shown = self.keys[places] == keys
        after = places + shown
        bought = self.keys[after] == keys + 1
        return self.counts[places] * shown, self.counts[after] * bought


_ENDS = np.full(2, np.iinfo(np.int64).max)
_NOTHING = _Run.of(np.zeros(0, np.int64), np.zeros(0, np.int64))


class Table:
    """The buckets of cubes by owner; worth keeping for the next lookup."""

    def __init__(self, cubes: Mapping[str, Cube]) -> None:
        """Take cubes by owner."""
        found = list(cubes.values())
        above: _Int64s = np.repeat(np.arange(len(found)) << ID_BITS, [len(cube.ids) for cube in found])
        ids = np.concatenate([np.zeros(0, np.int64), *(cube.ids for cube in found)])
        counts = np.concatenate([np.zeros(0, np.int64), *(cube.counts for cube in found)])
        self._numbers: Mapping[str, int] = dict(zip(cubes, range(len(cubes)), strict=True))
        self._run, self._late = _Run.of(ids | above, counts), _NOTHING

    @staticmethod
    def numbered(numbers: Mapping[str, int]) -> "Table":
        """Return an empty table of owners with these numbers, to which more may be added later, each with the next."""
        table = Table({})
        table._numbers = numbers
        return table

    def __len__(self) -> int:
        """Return how many buckets it has; one in both runs counts twice."""
        return len(self._run) + len(self._late)

    def owners(self, labels: Sequence[str]) -> _Int64s:
        """Return what stands above the bucket ids of each owner; of one without a cube, what no bucket has."""
        nobody = len(self._numbers)
        return np.fromiter(map(self._numbers.get, labels, repeat(nobody)), np.int64, len(labels)) << ID_BITS

    def counts(self, keys: _Int64s) -> tuple[_Int64s, _Int64s]:
        """Return the impressions and conversions of buckets by the keys of the former; the latter come right after.

        It is fast if keys rise.
        """
        shown, bought = self._run.find(keys)
        if len(self._late):
            late_shown, late_bought = self._late.find(keys)
            shown, bought = shown + late_shown, bought + late_bought
        return shown, bought

    def buckets(self, cuboid: Cuboid) -> tuple[list[str], _Int64s, _Int64s, _Int64s]:
        """Return all buckets of a cuboid, by rising owners and ids: the owners, whose each one is, its id and count."""
        run = self._run.merged(self._late.keys[:-2], self._late.counts[:-2]) if len(self._late) else self._run
        ids = run.keys[:-2] & ID_MASK
        mine = cuboid.holds(ids)
        return list(self._numbers), run.keys[:-2][mine] >> ID_BITS, ids[mine], run.counts[:-2][mine]

    def plus(self, keys: _Int64s, counts: _Int64s) -> "Table":
        """Return the table with these counts added; keys may come in any order, and several times."""
        table = Table.numbered(self._numbers)
        table._run, table._late = self._run, self._late.merged(keys, counts)
        if len(table._late) > max(LATE_BUCKETS, LATE_SHARE * len(table._run)):
            table._run, table._late = table._run.merged(table._late.keys[:-2], table._late.counts[:-2]), _NOTHING
        return table

    def without(self, numbers: _Int64s) -> tuple[_Int64s, _Int64s]:
        """Return what to add to have nothing left of the owners with these numbers: keys, and counts below zero."""
        parts = []
        for run in (self._run, self._late):
            starts = np.searchsorted(run.keys, numbers << ID_BITS)
            lengths = np.searchsorted(run.keys, (numbers + 1) << ID_BITS) - starts
            # the places of each owner's buckets, one owner after another
            ends = np.cumsum(lengths)
            places = np.arange(lengths.sum()) + np.repeat(starts - ends + lengths, lengths)
            parts.append((run.keys[places], -run.counts[places]))
        return np.concatenate([keys for keys, _ in parts]), np.concatenate([counts for _, counts in parts])
