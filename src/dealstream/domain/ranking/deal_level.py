"""How every deal of a catalogue stands, whoever asks: the part of the chains that hangs on the deal alone.

From each chain the cuboids are left out that have a dimension of the user's. What remains, such as category > deal, is
smoothed as for a request; leaderboards need no more, for what they propose is then scored exactly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dealstream.domain.dimension import Banded, Listed
from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.affinity import nothing
from dealstream.domain.ranking.boards import Standing
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.catalogue import Catalogue, Numbers
from dealstream.domain.ranking.explore import draws
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.lookup import evidence, owners
from dealstream.domain.ranking.rank import Ranked, Ranker
from dealstream.domain.ranking.ranking import Chain, Method, Ranking
from dealstream.domain.relevance import DEAL, Relevance

TablesOf = Callable[[Mapping[str, Sequence[str]]], Mapping[str, Table]]
# bounds the memory taken
_AT_ONCE = 20_000


class DealLevel:
    """Scores the deals of a catalogue by what these have attributes for; where nothing is left of chains, all alike."""

    def __init__(self, relevance: Relevance, catalogue: Catalogue) -> None:
        """Take a catalogue as it is now, for `standing` to be called once."""
        known = {name for name in relevance.dimensions if name == DEAL or _column(relevance, catalogue, name)}
        ranking = _narrowed(relevance.ranking, known)
        self._ranker = Ranker(ranking)
        self._relevance = relevance
        self._catalogue = catalogue
        self._names = sorted({DEAL, *(name for cuboid in self._ranker.tree.cuboids for name in cuboid.dimensions)})

    def standing(self, tables_of: TablesOf, codes_of: CodesOf, exposures: Exposures, seed: int) -> Standing:
        """Return how each deal stands by the counts of ``tables_of``, seen with the exposures of the whole ranking.

        A proven deal's score is its rate. Those that are unproven have draws from what is known of their rates, which
        hang on ``seed``, so that with each seed others have their turn.
        """
        size = len(self._catalogue)
        score, proven = np.zeros(size), np.zeros(size, np.bool_)
        for start in range(0, size if self._ranker.tree.nodes else 0, _AT_ONCE):
            numbers = np.arange(start, min(start + _AT_ONCE, size))
            candidates = self._candidates(numbers, codes_of)
            ranked = self._ranked(candidates, tables_of, exposures)
            drawn = draws(seed, candidates.keys(), ranked.combined.alpha, ranked.combined.beta)
            score[numbers] = np.where(ranked.unproven, drawn, ranked.combined.rate)
            proven[numbers] = ~ranked.unproven
        return Standing(score, proven)

    def _ranked(self, candidates: Candidates, tables_of: TablesOf, exposures: Exposures) -> Ranked:
        tree = self._ranker.tree
        found = evidence(tree, candidates, tables_of(owners(tree, candidates)), exposures)
        return self._ranker.rank(candidates.keys(), found, exposures.base, nothing(len(candidates)), 0)

    def _candidates(self, numbers: Numbers, codes_of: CodesOf) -> Candidates:
        """Return deals as candidates for nobody in particular."""
        codes, labels = {}, {}
        for name in self._names:
            codes[name], labels[name] = self._dimension(name, numbers)
        return Candidates.coded(self._relevance, codes, labels, codes_of)

    def _dimension(self, name: str, numbers: Numbers) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
        """Return what deals are in a dimension: codes, and the label of each code."""
        if name == DEAL:
            deals = self._catalogue.deals[numbers[0] : numbers[-1] + 1]
            return np.arange(len(deals), dtype=np.int32), deals
        dimension = self._relevance.dimensions[name]
        column = self._catalogue.columns[_column(self._relevance, self._catalogue, name)]
        codes = column.codes.values[numbers]
        if isinstance(dimension, Listed):
            return dimension.codes({dimension.field: column.labels})[codes], dimension.labels
        return codes, column.labels


def _column(relevance: Relevance, catalogue: Catalogue, name: str) -> str:
    """Return which column of a catalogue tells a dimension; empty if no deal has anything there: it is the user's."""
    dimension = relevance.dimensions[name]
    column = name if isinstance(dimension, Banded) else dimension.fields[0]
    if len(dimension.fields) > 1 or column not in catalogue.columns:
        return ""
    return column if catalogue.columns[column].codes.values.any() else ""


def _narrowed(ranking: Ranking, known: set[str]) -> Ranking:
    """Return a ranking with only those cuboids all of whose dimensions are known, and without exploration."""
    chains = []
    for chain in ranking.chains:
        left = tuple(cuboid for cuboid in chain.cuboids if known.issuperset(cuboid.dimensions))
        if left:
            chains.append(Chain(left, chain.weight))
    off = replace(ranking.exploration, method=Method.OFF)
    return replace(ranking, chains=tuple(chains), exploration=off)
