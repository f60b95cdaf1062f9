"""Measures of predictions, against scikit-learn and by hand."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from dealstream.evaluation.log import EvaluationError
from dealstream.evaluation.metrics import calibration, difference, measure

PREDICTIONS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]), st.sampled_from([0.1, 0.2, 0.5])),
    min_size=2,
    max_size=50,
)


def arrays(predictions: list[tuple[bool, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels, ones, others = (np.array(column) for column in zip(*predictions, strict=True))
    assume(labels.any() and not labels.all())
    return labels, ones, others


@given(PREDICTIONS)
def test_the_auc_is_that_of_scikit_learn(predictions):
    labels, ones, others = arrays(predictions)
    found = measure(labels, ones)
    assert found.auc == pytest.approx(roc_auc_score(labels, ones))
    assert difference(labels, ones, others).auc == pytest.approx(found.auc - roc_auc_score(labels, others))


@given(PREDICTIONS)
def test_bins_hold_every_impression_by_rising_rate(predictions):
    labels, ones, _ = arrays(predictions)
    bins = calibration(labels, ones, 4)
    assert sum(each.impressions for each in bins) == len(labels)
    assert sum(each.impressions * each.observed_rate for each in bins) == pytest.approx(labels.sum())
    rates = [each.predicted_rate for each in bins]
    assert rates == sorted(set(rates))


def test_the_error_is_as_large_as_samples_differ():
    """Of 400 samples of 300 impressions, and of two predictions of which one is better."""
    rng = np.random.default_rng(0)
    aucs, errors, differences, covered = [], [], [], 0
    for _ in range(400):
        labels = rng.random(300) < 0.2
        good, bad = labels + rng.normal(0, 1, 300), labels + rng.normal(0, 2, 300)
        rates = [1 / (1 + np.exp(-score)) for score in (good, bad)]
        found = measure(labels, rates[0])
        aucs.append(found.auc)
        errors.append(found.error)
        differences.append(difference(labels, *rates))
    truth = np.mean([each.auc for each in differences])
    covered = np.mean([each.low <= truth <= each.high for each in differences])
    assert np.mean(errors) == pytest.approx(np.std(aucs), rel=0.15)
    assert 0.91 < covered < 0.99


def test_lift_by_hand():
    """Two of twenty are the top tenth; one of them is converted, as is one of the other eighteen."""
    labels = np.array([True] + [False] * 18 + [True])
    assert measure(labels, np.linspace(0.9, 0.1, 20)).lift == pytest.approx(0.5 / 0.1)
    assert measure(labels, np.full(20, 0.3)).lift == pytest.approx(1.0)


@pytest.mark.parametrize("labels", [[True, True], [False, False]])
def test_nothing_to_tell_apart(labels):
    with pytest.raises(EvaluationError, match="of 2 impressions to predict"):
        measure(np.array(labels), np.array([0.1, 0.2]))
