"""Fits exposures to cells: those of each cuboid in turn, given all others, a few times. See `exposure`."""

from collections.abc import Callable

import numpy as np

from dealstream.domain.ranking.backoff import Floats, beta_of, within
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.cells import Cells, bucket_numbers
from dealstream.domain.ranking.combine import expit, logit
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.ranking import Ranking
from dealstream.domain.ranking.tree import Tree

# where chains say the same of a bucket in two ways, more rounds only move it from one to the other
ROUNDS = 5


def fit(ranking: Ranking, tree: Tree, table_of: Callable[[str], Table], base: float) -> Exposures:
    """Return the exposures of all buckets; the same for the same counts. Without ``ranking.exposure`` all are 1.

    ``table_of`` gives the table of all owners of a dimension. ``base`` is the rate of what nothing is known of; unless
    the configuration tells it, it is fitted too.
    """
    if ranking.exposure is None:
        return Exposures(base)
    cells = Cells.of(ranking.exposure, table_of(ranking.exposure.owner))
    if not cells.impressions.sum():
        return Exposures(base)
    fitting = _Fitting(ranking, tree, cells, base)
    for _ in range(ROUNDS):
        fitting.round()
    return fitting.result()


class _Fitting:
    """The cells as candidates: a column for each, with what its bucket is in each row of the tree.

    ``_steps`` are the log-odds of each node's rate less those of its parent's. They are what is kept while others
    change, not rates: a rate that is kept would undo what its parent's does.
    """

    def __init__(self, ranking: Ranking, tree: Tree, cells: Cells, base: float) -> None:
        self._ranking, self._tree, self._cells = ranking, tree, cells
        self._base = logit(np.array(base))
        numbers = [bucket_numbers(cells.cuboid, node.cuboid, cells.codes) for node in tree.nodes]
        self._buckets = [np.unique(each, return_inverse=True) for each in numbers]
        self._shown = np.array([self._summed(node, cells.impressions) for node in range(len(numbers))])
        self._bought = np.array([self._summed(node, cells.conversions) for node in range(len(numbers))])
        self._exposure, self._steps = np.ones_like(self._shown), np.zeros_like(self._shown)
        self._weights = np.array([node.weight for node in tree.nodes])

    def round(self) -> None:
        """Make every exposure and step anew."""
        if self._ranking.base is None:
            self._fit_base()
        for node in range(len(self._tree.nodes)):
            self._exposure[node] = self._exposures(node)
            self._steps[node] = self._step(node)

    def result(self) -> Exposures:
        """Return what was fitted."""
        factors = {}
        for path, (buckets, inverse), row in zip(self._tree.names, self._buckets, self._exposure, strict=True):
            of_buckets = np.empty(len(buckets))
            of_buckets[inverse] = row
            factors[path] = buckets, of_buckets
        owners = dict(zip(self._cells.owners, range(len(self._cells.owners)), strict=True))
        return Exposures(float(expit(self._base)), self._cells.cuboid, owners, factors)

    def _fit_base(self) -> None:
        """Let as many conversions be expected in all as there were."""
        expected = float(self._cells.impressions @ expit(self._base + self._weights @ self._steps))
        converted = float(self._cells.conversions.sum()) / self._ranking.repeats
        self._base = logit(within(expit(self._base) * (converted + 0.5) / (expected + 0.5)))

    def _exposures(self, node: int) -> Floats:
        moves = self._weights[:, None] * self._steps
        own = self._base + moves[list(self._tree.way(node))].sum(axis=0)
        with_others = self._base + moves.sum(axis=0) - moves[self._tree.below(node)].sum(axis=0)
        worth = self._summed(node, self._cells.impressions * expit(with_others) / expit(own))
        shown = self._shown[node]
        return np.asarray(np.divide(worth, shown, out=np.ones_like(worth), where=shown > 0))

    def _step(self, node: int) -> Floats:
        """Return a node's steps with its exposures as they are now."""
        above = self._base + self._steps[list(self._tree.way(node)[:-1])].sum(axis=0)
        bought, worth = self._bought[node] / self._ranking.repeats, self._shown[node] * self._exposure[node]
        alpha, beta = beta_of(within(expit(above)), worth, bought, self._ranking.strength)
        steps = logit(within(alpha / (alpha + beta))) - above
        return np.asarray(np.where(self._shown[node] >= self._ranking.minimum, steps, 0.0))

    def _summed(self, node: int, values: Floats) -> Floats:
        """Return for each cell the sum over the cells that are in its bucket of a node."""
        _, inverse = self._buckets[node]
        return np.asarray(np.bincount(inverse, values)[inverse], np.float64)
