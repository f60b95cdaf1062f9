"""Leaderboards: all deals, and those of each label of each column, the best first; and a tree of where they are.

A query takes the shortest list that has all deals it may want, and goes down that until it has enough; everything the
filter says is looked up of the deals on the way. So the best come first whatever is combined, and no query looks at all
deals, unless it wants nearly none of many.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from dealstream.domain.ranking.catalogue import Catalogue, Filter, Near, Numbers, chord, vector

# sorting the deals of a place takes so many times as long as passing them on a list
_SORTING = 8


@dataclass(frozen=True)
class Standing:
    """What is known of each deal by number: its ``score``, the greater the better, and whether it is ``proven``."""

    score: npt.NDArray[np.float64]
    proven: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Lists:
    """The ranks of the deals of each label, rising: of label n from ``bounds[n]`` to ``bounds[n + 1]``."""

    ranks: npt.NDArray[np.int32]
    bounds: Numbers

    @staticmethod
    def of(codes: npt.NDArray[np.int32]) -> "_Lists":
        """Take each deal's code, the best deal's first."""
        ranks = np.argsort(codes, kind="stable").astype(np.int32)
        return _Lists(ranks, np.concatenate([[0], np.cumsum(np.bincount(codes))]))

    def of_code(self, code: int) -> npt.NDArray[np.int32]:
        """Return the ranks of a label; none of one that came later."""
        known = 0 <= code < len(self.bounds) - 1
        return self.ranks[self.bounds[code] : self.bounds[code + 1]] if known else self.ranks[:0]


class Boards:
    """The leaderboards of a catalogue as it is now, proven deals before unproven ones. What comes later is not on them.

    ``order`` has the deals' numbers by rank, ``rank`` the inverse; the first ``proven`` of them are proven. Whatever
    was put by the time ``puts`` is on them as it was then, or later.
    """

    def __init__(self, catalogue: Catalogue, standing: Standing, puts: int) -> None:
        """Rank the deals that have a standing."""
        self.puts = puts
        size = len(standing.score)
        self._catalogue = catalogue
        self.order = np.lexsort((-standing.score, ~standing.proven))
        self.rank = np.empty(size, np.int64)
        self.rank[self.order] = np.arange(size)
        self.proven = int(standing.proven.sum())
        self._all = np.arange(size, dtype=np.int32)
        self._lists = {name: _Lists.of(column.codes.values[self.order]) for name, column in catalogue.columns.items()}
        vectors = catalogue.vectors.values[:size]
        self._located = np.flatnonzero(~np.isnan(vectors[:, 0]))
        self._tree = cKDTree(vectors[self._located]) if len(self._located) else None

    def shortest(self, wanted: Filter) -> npt.NDArray[np.int32]:
        """Return rising ranks of deals, among them all that a filter lets through; the fewest that are at hand."""
        lists = [
            self._lists[name].of_code(self._catalogue.columns[name].code(label))
            for name, label in wanted.labels.items()
        ]
        shortest = min(lists, key=len, default=self._all)
        if wanted.near is None or self._count(wanted.near) * _SORTING > len(shortest):
            return shortest
        return self._near(wanted.near)

    def _count(self, near: Near) -> int:
        if self._tree is None:
            return 0
        return int(self._tree.query_ball_point(vector(near.lat, near.lon), _radius(near), return_length=True))

    def _near(self, near: Near) -> npt.NDArray[np.int32]:
        if self._tree is None:
            return self._all[:0]
        found = self._tree.query_ball_point(vector(near.lat, near.lon), _radius(near))
        return np.sort(self.rank[self._located[np.array(found, np.int64)]]).astype(np.int32)


def _radius(near: Near) -> float:
    """Return a little more than the distance in space: the filter itself decides about deals at the edge."""
    return chord(near.km) * (1 + 1e-9) + 1e-12
