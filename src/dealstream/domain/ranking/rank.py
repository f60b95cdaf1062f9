"""The order of deals for a user: counts, what the user just did, and exploration put together.

To the log-odds of a deal's rate by all chains, or of a draw from its posterior, the affinity and the penalty of what
the user just did are added; the sum, as a rate again, is the score.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.ranking.affinity import Adjustments
from dealstream.domain.ranking.backoff import Evidence, Floats, Posterior, posterior
from dealstream.domain.ranking.candidates import Keys
from dealstream.domain.ranking.combine import Combined, combine, expit, logit
from dealstream.domain.ranking.explore import capped, draws
from dealstream.domain.ranking.ranking import Exploration, Method, Ranking
from dealstream.domain.ranking.tree import Tree
from dealstream.domain.relevance import DEAL


@dataclass(frozen=True)
class Ranked:
    """Candidates with their scores, and all that led there.

    ``order`` has the candidates' positions, the best first, without those that are suppressed; everything else has one
    entry a candidate. ``chosen`` is the rate that was ranked by: a draw if there is exploration.
    """

    order: npt.NDArray[np.int64]
    score: Floats
    chosen: Floats
    unproven: npt.NDArray[np.bool_]
    adjustments: Adjustments
    combined: Combined
    posterior: Posterior
    evidence: Evidence
    base: float


class Ranker:
    """Ranks by one configuration; ``tree`` tells which buckets it needs."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self.tree = Tree.of(ranking.chains)
        self._of_deals = [DEAL in node.cuboid.dimensions for node in self.tree.nodes]

    def rank(self, keys: Keys, evidence: Evidence, base: float, adjustments: Adjustments, seed: int) -> Ranked:
        """Rank candidates.

        ``keys`` are those of their deals, which break ties; ``base`` is the rate of what nothing is known of;
        ``seed`` is that of `seed_of`. The order in which candidates are given changes nothing, nor do other
        candidates change a score.
        """
        known = posterior(self.tree, evidence, base, self.ranking)
        combined = combine(self.tree, known, base)
        exploration = self.ranking.exploration
        chosen = combined.rate
        if exploration.method is Method.THOMPSON:
            chosen = draws(seed, keys, combined.alpha, combined.beta)
        score = expit(logit(chosen) + adjustments.total)
        unproven = self._unproven(evidence)
        order = _order(score, keys, adjustments.suppressed, unproven, exploration)
        return Ranked(order, score, chosen, unproven, adjustments, combined, known, evidence, base)

    def _unproven(self, evidence: Evidence) -> npt.NDArray[np.bool_]:
        """Tell whose deal has few impressions, in the coarsest bucket of the deal's that chains know."""
        of_deals = evidence.impressions[self._of_deals]
        return np.asarray(of_deals.max(axis=0, initial=0) < self.ranking.exploration.proven)


def _order(
    score: Floats,
    keys: Keys,
    suppressed: npt.NDArray[np.bool_],
    unproven: npt.NDArray[np.bool_],
    exploration: Exploration,
) -> npt.NDArray[np.int64]:
    order = np.lexsort((keys, -score))
    order = order[~suppressed[order]]
    if exploration.method is Method.OFF:
        return order
    return order[capped(unproven[order], exploration.cap)]
