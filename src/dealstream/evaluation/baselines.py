"""What back-off is compared with: the global rate, each deal's own, and a logistic regression on the dimensions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from dealstream.domain.relevance import DEAL
from dealstream.domain.window import Columns
from dealstream.evaluation.log import EvaluationError
from dealstream.evaluation.split import Split

_Floats = npt.NDArray[np.float64]


def global_rate(split: Split) -> _Floats:
    """Return one rate for all."""
    return np.full(len(split.test), _mean(split))


def deal_rate(columns: Columns, split: Split) -> _Floats:
    """Return the rate of each impression's deal, with one impression of the global rate added: new deals have that."""
    deals, count = columns.codes[DEAL], len(columns.labels[DEAL])
    shown = np.bincount(deals[split.train], minlength=count)
    converted = np.bincount(deals[split.train], split.train_labels, count)
    return np.asarray(((converted + _mean(split)) / (shown + 1))[deals[split.test]])


def logistic_regression(columns: Columns, split: Split, dimensions: Sequence[str]) -> _Floats:
    """Return the rates of scikit-learn's logistic regression with one-hot dimensions and its default penalty (L2, C 1).

    A value that was not there to learn from is none of the known ones.

    Raises:
        EvaluationError: no impression to learn from is converted, or all are.

    """
    if not 0 < split.train_labels.sum() < len(split.train_labels):
        raise EvaluationError("of the impressions to learn from none is converted, or all are")
    values = np.column_stack([columns.codes[name] for name in dimensions])
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = LogisticRegression(max_iter=1000)
    model.fit(encoder.fit_transform(values[split.train]), split.train_labels)
    return np.asarray(model.predict_proba(encoder.transform(values[split.test]))[:, 1])


def _mean(split: Split) -> float:
    """Return the rate of what is learned from, kept off 0 and 1."""
    return float((split.train_labels.sum() + 0.5) / (len(split.train_labels) + 1))
