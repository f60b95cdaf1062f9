"""Back-off: the rate of a bucket from its own counts and, where those are few, from a coarser bucket's.

Along a chain of cuboids the rate of each level is the mean of the next one's Beta prior, whose conversions are worth
``strength``, so that true rates are expected to differ from their parent's by a factor of about 1 +- 1/sqrt(strength)
whether deals convert at 10 % or at 0.1 %:

    prior      Beta(s, s (1 - m) / m)                        m: the parent's rate, s: the strength
    posterior  Beta(s + c, s (1 - m) / m + max(n - c, 0))    n: impressions, c: conversions / repeats

Impressions that were not shown to everybody alike are weighed first, see `exposure`: n is then what they were worth.
A bucket with less than ``minimum`` impressions is passed over: its level has the posterior of the one above it.

Sources: A. Gelman et al., "Bayesian Data Analysis" (3rd ed., 2013), chapters 2 and 5, for Beta and hierarchical priors;
S. M. Katz, "Estimation of probabilities from sparse data" (1987), for backing off; D. Agarwal et al., "Estimating rates
of rare events at multiple resolutions" (KDD 2007), for the same with clicks.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.ranking.ranking import Ranking
from dealstream.domain.ranking.tree import ROOT, Tree

# rates are kept off 0 and 1, where log-odds have no end
EPSILON = 1e-9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The counts of each node's bucket: rows are the tree's nodes, columns the candidates.

    ``exposure`` is what each impression of a bucket was worth.
    """

    impressions: Floats
    conversions: Floats
    exposure: Floats


@dataclass(frozen=True)
class Posterior:
    """What is known of each node's rate, in the shape of the evidence.

    ``prior`` is the parent's rate; the rate has the distribution Beta(``alpha``, ``beta``); ``used`` tells which
    buckets had enough impressions.
    """

    prior: Floats
    alpha: Floats
    beta: Floats
    used: npt.NDArray[np.bool_]

    @property
    def rate(self) -> Floats:
        """The mean of the posterior."""
        return within(self.alpha / (self.alpha + self.beta))


def within(rate: Floats) -> Floats:
    """Keep rates off 0 and 1."""
    return np.clip(rate, EPSILON, 1 - EPSILON)


def posterior(tree: Tree, evidence: Evidence, base: float, ranking: Ranking) -> Posterior:
    """Return what the evidence says of every node, from the base rate down."""
    shape = evidence.impressions.shape
    prior, alpha, beta = np.empty(shape), np.empty(shape), np.empty(shape)
    used = evidence.impressions >= ranking.minimum
    conversions = evidence.conversions / ranking.repeats
    worth = evidence.impressions * evidence.exposure
    of_nothing = np.full(shape[1], base)
    strength = ranking.strength
    for number, node in enumerate(tree.nodes):
        if node.parent == ROOT:
            mean, above = of_nothing, (np.full(shape[1], strength), strength * (1 - of_nothing) / of_nothing)
        else:
            above = alpha[node.parent], beta[node.parent]
            mean = within(above[0] / (above[0] + above[1]))
        prior[number] = mean
        own = beta_of(mean, worth[number], conversions[number], strength)
        alpha[number], beta[number] = (np.where(used[number], *pair) for pair in zip(own, above, strict=True))
    return Posterior(prior, alpha, beta, used)


def beta_of(prior: Floats, worth: Floats, conversions: Floats, strength: float) -> tuple[Floats, Floats]:
    """Return alpha and beta of rates, given their prior means, what their impressions were worth, and conversions."""
    return strength + conversions, strength * (1 - prior) / prior + np.maximum(worth - conversions, 0)


def base_rate(evidence: Evidence, repeats: float) -> float:
    """Return the rate of all buckets of the evidence together that have impressions; 0.5 % if there are none.

    What was bought without ever being shown has no rate, and is left out.
    """
    shown = evidence.impressions > 0
    impressions = float(evidence.impressions[shown].sum())
    if not impressions:
        return 0.005
    conversions = float(evidence.conversions[shown].sum()) / repeats
    return min((conversions + 0.5) / (impressions + 1), 1 - EPSILON)
