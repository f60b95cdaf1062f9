"""What a user just did, as log-odds for the deals that come next: what is alike rises, what was bought already sinks.

An event is worth the weight of its type, halved with every half-life that has passed. In each dimension of affinity the
worth m of the events with the candidate's own label becomes m / (|m| + 1), so that the first events count most and no
number of them counts for more than 1; the mean over the dimensions, times the strength, is added to the log-odds.

Source: the saturation is that of term frequencies in BM25: S. Robertson and H. Zaragoza, "The probabilistic relevance
framework" (2009), section 3.4.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.dimension import UNKNOWN
from dealstream.domain.ranking.backoff import Floats
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.history import History
from dealstream.domain.ranking.ranking import Affinity, Bought, Effect, Ranking
from dealstream.domain.relevance import DEAL

# of an impression and a conversion; see EventTypes.names
_CONVERSION = 1


@dataclass(frozen=True)
class Adjustments:
    """What is added to each candidate's log-odds, and which candidates are not to be shown at all."""

    affinity: Floats
    penalty: Floats
    suppressed: npt.NDArray[np.bool_]

    @property
    def total(self) -> Floats:
        """What is added in all."""
        return self.affinity + self.penalty


def nothing(size: int) -> Adjustments:
    """Return the adjustments for a user of whom nothing is known."""
    return Adjustments(np.zeros(size), np.zeros(size), np.zeros(size, np.bool_))


def adjust(ranking: Ranking, history: History, candidates: Candidates, now_ms: int) -> Adjustments:
    """Return the adjustments by a user's newest events; those after ``now_ms`` count as if they were now."""
    bought = _bought(ranking.bought, history, candidates, now_ms)
    effect = ranking.bought.effect
    return Adjustments(
        affinity=_affinity(ranking.affinity, history, candidates, now_ms),
        penalty=np.where(bought & (effect is Effect.PENALISE), -ranking.bought.penalty, 0.0),
        suppressed=bought & (effect is Effect.SUPPRESS),
    )


def _affinity(affinity: Affinity, history: History, candidates: Candidates, now_ms: int) -> Floats:
    ages = np.maximum(now_ms - history.times, 0)
    worth = np.array(affinity.weights)[history.types] * 0.5 ** (ages / affinity.half_life_ms)
    found = np.zeros(len(candidates))
    for name in affinity.dimensions:
        mass = _by_label(name, history, candidates, worth)
        found += mass / (np.abs(mass) + 1)
    return affinity.strength / max(len(affinity.dimensions), 1) * found


def _bought(bought: Bought, history: History, candidates: Candidates, now_ms: int) -> npt.NDArray[np.bool_]:
    lately = (history.types == _CONVERSION) & (now_ms - history.times < bought.within_ms)
    return np.asarray(_by_label(DEAL, history, candidates, lately.astype(np.float64)) > 0)


def _by_label(dimension: str, history: History, candidates: Candidates, worth: Floats) -> Floats:
    """Return for each candidate the worth of the events that have its label; nobody is alike in what is unknown."""
    labels = history.labels[dimension]
    sums = dict(zip(labels, np.bincount(history.codes[dimension], worth, len(labels)).tolist(), strict=True))
    sums[UNKNOWN] = 0.0
    own = candidates.labels[dimension]
    return np.fromiter((sums.get(label, 0.0) for label in own), np.float64, len(own))[candidates.codes[dimension]]
