"""Why a deal has the place it has: every bucket that was looked at, and what each step made of the rate."""

from dataclasses import dataclass

import numpy as np

from dealstream.domain.credible import tails
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.rank import Ranked, Ranker


@dataclass(frozen=True)
class Level:
    """A bucket in a chain. ``prior`` is the rate above it, ``rate`` the posterior mean, between ``low`` and ``high``.

    ``exposure`` is how many impressions of the average kind each of its impressions was worth.
    ``used`` is false of a bucket with too few impressions: it has the posterior of the level above.
    """

    cuboid: str
    bucket: dict[str, str]
    impressions: int
    conversions: int
    exposure: float
    prior: float
    rate: float
    low: float
    high: float
    used: bool


@dataclass(frozen=True)
class Way:
    """A chain, from coarse to fine; ``reached`` is the cuboid of the finest bucket that was used, None if none was."""

    weight: float
    levels: tuple[Level, ...]
    reached: str | None


@dataclass(frozen=True)
class Explanation:
    """A deal's ``score`` and where it comes from.

    ``rate`` is that of all chains, with the credible interval ``low`` to ``high``; ``chosen`` is it again, or what
    exploration drew. ``affinity`` and ``penalty`` were then added in log-odds. Of a suppressed deal, ``suppressed``
    is true.
    """

    deal: str
    score: float
    base: float
    rate: float
    low: float
    high: float
    chosen: float
    affinity: float
    penalty: float
    suppressed: bool
    unproven: bool
    chains: tuple[Way, ...]


def explain(ranker: Ranker, ranked: Ranked, candidates: Candidates, candidate: int) -> Explanation:
    """Explain the candidate at this position, of what was ranked."""
    combined, adjustments = ranked.combined, ranked.adjustments
    low, high = _interval(float(combined.alpha[candidate]), float(combined.beta[candidate]))
    ways = []
    for path, weight in zip(ranker.tree.paths, ranker.tree.weights, strict=True):
        levels = tuple(_level(ranker, ranked, candidates, node, candidate) for node in path)
        ways.append(Way(weight, levels, next((level.cuboid for level in reversed(levels) if level.used), None)))
    return Explanation(
        deal=candidates.label("deal", candidate),
        score=float(ranked.score[candidate]),
        base=ranked.base,
        rate=float(combined.rate[candidate]),
        low=low,
        high=high,
        chosen=float(ranked.chosen[candidate]),
        affinity=float(adjustments.affinity[candidate]),
        penalty=float(adjustments.penalty[candidate]),
        suppressed=bool(adjustments.suppressed[candidate]),
        unproven=bool(ranked.unproven[candidate]),
        chains=tuple(ways),
    )


def _level(ranker: Ranker, ranked: Ranked, candidates: Candidates, node: int, candidate: int) -> Level:
    posterior, place = ranked.posterior, (node, candidate)
    cuboid = ranker.tree.nodes[node].cuboid
    alpha, beta = float(posterior.alpha[place]), float(posterior.beta[place])
    low, high = _interval(alpha, beta)
    return Level(
        cuboid=cuboid.name,
        bucket={name: candidates.label(name, candidate) for name in cuboid.dimensions},
        impressions=int(ranked.evidence.impressions[place]),
        conversions=int(ranked.evidence.conversions[place]),
        exposure=float(ranked.evidence.exposure[place]),
        prior=float(posterior.prior[place]),
        rate=alpha / (alpha + beta),
        low=low,
        high=high,
        used=bool(posterior.used[place]),
    )


def _interval(alpha: float, beta: float) -> tuple[float, float]:
    """Return the credible interval of Beta(alpha, beta)."""
    low, high = tails(np.array(alpha), np.array(beta))
    return float(low), float(high)
