"""How good predicted rates are: AUC, log loss, calibration, lift."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.metrics import log_loss

from dealstream.evaluation.log import EvaluationError

_Floats = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

# of every interval: 95 % of a normal distribution lie within so many standard errors
Z = 1.96
# the part of the impressions with the highest rates, of which lift is told
TOP = 0.1


@dataclass(frozen=True)
class Measures:
    """``error`` is the standard error of the AUC.

    ``lift`` is how many times as often the `TOP` of the impressions, by predicted rate, are converted as all of them;
    where rates are equal, in proportion.
    """

    auc: float
    error: float
    log_loss: float
    lift: float


@dataclass(frozen=True)
class Difference:
    """By how much one AUC exceeds another on the same impressions, within its 95 % confidence interval."""

    auc: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Impressions of similar predicted rates: how many, their mean rate, and the rate of those converted."""

    impressions: int
    predicted_rate: float
    observed_rate: float


def measure(labels: _Mask, rates: _Floats) -> Measures:
    """Return all measures of the rates predicted for impressions.

    Raises:
        EvaluationError: all impressions are converted, or none.

    """
    auc, shares = _auc(labels, rates)
    error = float(np.sqrt(_covariance(shares, shares)))
    return Measures(auc, error, float(log_loss(labels, rates)), _lift(labels, rates))


def difference(labels: _Mask, rates: _Floats, others: _Floats) -> Difference:
    """Return the difference of the AUCs of two predictions; raises as `measure` does.

    Source: E. DeLong et al., "Comparing the areas under two or more correlated receiver operating characteristic
    curves" (1988), computed by ranks as X. Sun and W. Xu do (2014).
    """
    (auc, shares), (other, other_shares) = _auc(labels, rates), _auc(labels, others)
    variance = _covariance(shares, shares) + _covariance(other_shares, other_shares)
    error = float(np.sqrt(max(variance - 2 * _covariance(shares, other_shares), 0.0)))
    return Difference(auc - other, auc - other - Z * error, auc - other + Z * error)


def calibration(labels: _Mask, rates: _Floats, bins: int = 10) -> list[Bin]:
    """Return bins of about equally many impressions, by rising rate; equal rates are in one bin."""
    edges = np.quantile(rates, np.linspace(0, 1, bins + 1)[1:-1])
    found = []
    numbers = np.searchsorted(edges, rates, side="left")
    for number in np.unique(numbers).tolist():
        mine = numbers == number
        found.append(Bin(int(mine.sum()), float(rates[mine].mean()), float(labels[mine].mean())))
    return found


_Shares = tuple[_Floats, _Floats]


def _auc(labels: _Mask, rates: _Floats) -> tuple[float, _Shares]:
    """Return the AUC; by converted impression, the share of the others ranked below it; by other, of those above it."""
    positive, negative = int(labels.sum()), int((~labels).sum())
    if not positive or not negative:
        raise EvaluationError(
            f"of {len(labels):,} impressions to predict {positive:,} are converted: none to tell apart"
        )
    ranks = rankdata(rates)
    above = (ranks[labels] - rankdata(rates[labels])) / negative
    below = 1 - (ranks[~labels] - rankdata(rates[~labels])) / positive
    return float(above.mean()), (above, below)


def _covariance(one: _Shares, other: _Shares) -> float:
    parts = zip(one, other, strict=True)
    return sum(float(np.mean((a - a.mean()) * (b - b.mean()))) / max(len(a) - 1, 1) for a, b in parts)


def _lift(labels: _Mask, rates: _Floats) -> float:
    size = max(TOP * len(rates), 1.0)
    edge = np.sort(rates)[::-1][int(np.ceil(size)) - 1]
    above, at = rates > edge, rates == edge
    found = labels[above].sum() + labels[at].mean() * (size - above.sum())
    return float(found / size / labels.mean())
