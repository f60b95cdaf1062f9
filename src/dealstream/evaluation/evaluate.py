"""Back-off against the simpler ways to predict a conversion, on the same impressions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.relevance import Relevance
from dealstream.domain.window import Columns
from dealstream.evaluation import baselines
from dealstream.evaluation.learned import Learned
from dealstream.evaluation.metrics import Bin, Difference, Measures, calibration, difference, measure
from dealstream.evaluation.split import Split

BACKOFF, WITH_HISTORY = "back-off", "back-off and what the user just did"
GLOBAL, PER_DEAL, REGRESSION = "global rate", "per-deal rate", "logistic regression"


@dataclass(frozen=True)
class Evaluation:
    """How well each method did, by its name; back-off against each baseline; and how its rates are calibrated.

    ``learned`` and ``predicted`` are numbers of impressions, ``converted`` that of the predicted ones that were.
    ``repeats`` is how many conversions were counted for each impression learned to be converted.
    """

    learned: int
    predicted: int
    converted: int
    base: float
    repeats: float
    measures: dict[str, Measures]
    against: dict[str, Difference]
    calibration: list[Bin]


def evaluate(relevance: Relevance, columns: Columns, split: Split) -> Evaluation:
    """Learn one part of the events, predict the other.

    Raises:
        EvaluationError: of one part none or all impressions are converted.

    """
    baseline: dict[str, npt.NDArray[np.float64]] = {
        GLOBAL: baselines.global_rate(split),
        PER_DEAL: baselines.deal_rate(columns, split),
        REGRESSION: baselines.logistic_regression(columns, split, relevance.ranking.dimensions),
    }
    found = Learned(relevance, columns, split).predict()
    own = {BACKOFF: found.by_backoff}
    if found.with_history is not None:
        own[WITH_HISTORY] = found.with_history
    labels = split.test_labels
    return Evaluation(
        learned=len(split.train),
        predicted=len(split.test),
        converted=int(labels.sum()),
        base=found.base,
        repeats=found.repeats,
        measures={name: measure(labels, rates) for name, rates in {**baseline, **own}.items()},
        against={name: difference(labels, found.by_backoff, rates) for name, rates in baseline.items()},
        calibration=calibration(labels, found.by_backoff),
    )
