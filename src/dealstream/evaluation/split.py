"""What is learned from, and what is predicted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.window import Columns
from dealstream.evaluation.attribution import CONVERSION, IMPRESSION, NONE, pairs
from dealstream.evaluation.log import EvaluationError

_Int64s = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """``counted`` tells which events are learned; ``train`` and ``test`` are positions of impressions.

    ``train_labels`` and ``test_labels`` tell which of them are converted, the former as far as was known when learning
    ended.
    """

    counted: _Mask
    train: _Int64s
    train_labels: _Mask
    test: _Int64s
    test_labels: _Mask


def by_time(columns: Columns, led_to: _Int64s, share: float) -> Split:
    """Learn everything before the moment at which ``share`` of the impressions were made; predict those from it on.

    A conversion from that moment on is not learned, of whatever impression.

    Raises:
        EvaluationError: a part has no impressions.

    """
    impressions = np.flatnonzero(columns.types == IMPRESSION)
    _check(len(impressions) > 1, "the events have fewer than two impressions")
    moment = columns.times[impressions[int(share * len(impressions))]]
    before = columns.times < moment
    train, test = impressions[before[impressions]], impressions[~before[impressions]]
    _check(len(train) > 0, f"no impression is older than those of the split at {share:.0%}")
    converted = led_to != NONE
    # led_to is -1 where there is none: those are not converted, whatever the last event is
    known = converted & before[led_to]
    return Split(before, train, known[train], test, converted[test])


def by_chance(columns: Columns, led_to: _Int64s, share: float, seed: int) -> Split:
    """Learn ``share`` of the impressions, drawn by ``seed``, and all other events but the conversions of the rest.

    What a user converts that was shown to them in the part to predict is not learned, unless it is the conversion of an
    impression that is.

    Raises:
        EvaluationError: a part has no impressions.

    """
    impressions = np.flatnonzero(columns.types == IMPRESSION)
    drawn = np.random.default_rng(seed).random(len(impressions)) < share
    train, test = impressions[drawn], impressions[~drawn]
    _check(len(train) > 0 and len(test) > 0, f"the events have too few impressions to split them at {share:.0%}")
    converted = led_to != NONE
    counted = np.ones(len(columns.times), np.bool_)
    of_pair = pairs(columns)
    counted[(columns.types == CONVERSION) & np.isin(of_pair, of_pair[test])] = False
    counted[led_to[train][converted[train]]] = True
    counted[test] = False
    return Split(counted, train, converted[train], test, converted[test])


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise EvaluationError(problem)
