"""Several chains as one rate: the steps that each chain takes away from the base rate, added up in log-odds.

    logit p = logit(base) + sum over the tree's steps of weight * (logit rate - logit prior)

With weights that sum to 1 this is the weighted mean of the chains' log-odds. With weights of 1 each it takes the
chains' steps as independent, as naive Bayes does: whether the user's age, and how far it is, add up. Between the two
lie weights for chains that say partly the same. A step that several chains have in common counts once.

How much is known is taken over as well: p is treated as Beta(p N, (1 - p) N) with N the weighted mean of what the
ends of the chains have, taken of 1/sqrt(N), as standard deviations are: chains that rest on the same impressions say
the same, so their errors don't average out.

Sources: C. Genest and J. V. Zidek, "Combining probability distributions" (1986), for the logarithmic pool; D. Agarwal
et al., "Estimating rates of rare events with multiple hierarchies through scalable log-linear models" (KDD 2010).
"""

from dataclasses import dataclass

import numpy as np

from dealstream.domain.ranking.backoff import Floats, Posterior, within
from dealstream.domain.ranking.tree import Tree


@dataclass(frozen=True)
class Combined:
    """Each candidate's rate by all chains, and how many impressions it is worth."""

    rate: Floats
    worth: Floats

    @property
    def alpha(self) -> Floats:
        """The first parameter of the Beta distribution of the rate."""
        return self.rate * self.worth

    @property
    def beta(self) -> Floats:
        """The second."""
        return (1 - self.rate) * self.worth


def combine(tree: Tree, posterior: Posterior, base: float) -> Combined:
    """Return what all chains together say."""
    logs = np.log(base / (1 - base)) + moves(tree, posterior).sum(axis=0)
    ends = [path[-1] for path in tree.paths]
    spread = 1 / np.sqrt(posterior.alpha[ends] + posterior.beta[ends])
    weights = np.array(tree.weights)
    return Combined(within(expit(logs)), (weights @ spread / weights.sum()) ** -2)


def moves(tree: Tree, posterior: Posterior) -> Floats:
    """Return what each node's step adds to log-odds, by its weight."""
    weights = np.array([node.weight for node in tree.nodes])
    return np.asarray(weights[:, None] * (logit(posterior.rate) - logit(posterior.prior)))


def logit(rate: Floats) -> Floats:
    """Return the log-odds of rates within (0, 1)."""
    return np.asarray(np.log(rate / (1 - rate)))


def expit(logs: Floats) -> Floats:
    """Return the rates of log-odds: the inverse of `logit`, without overflow at either end."""
    small = np.exp(-np.abs(logs))
    return np.asarray(np.where(logs >= 0, 1, small) / (1 + small))
