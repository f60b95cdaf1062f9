"""An evaluation as a picture: how the rates are calibrated, and the AUC of each method."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dealstream.evaluation.evaluate import Evaluation
from dealstream.evaluation.metrics import Z

_DOTS_PER_INCH = 120


def plot(evaluation: Evaluation, title: str, path: Path) -> None:
    """Write the picture as PNG."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    figure.suptitle(title)
    _calibration(left, evaluation)
    _auc(right, evaluation)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=_DOTS_PER_INCH)


def _calibration(axes: Axes, evaluation: Evaluation) -> None:
    """Draw observed over predicted rates, with 95 % intervals by the normal approximation."""
    bins = evaluation.calibration
    predicted, observed = [each.predicted_rate for each in bins], [each.observed_rate for each in bins]
    errors = [Z * (each.observed_rate * (1 - each.observed_rate) / each.impressions) ** 0.5 for each in bins]
    most = max(*predicted, *observed) * 1.1
    axes.plot([0, most], [0, most], color="grey", linestyle="--", label="as predicted")
    axes.errorbar(predicted, observed, yerr=errors, fmt="o-", capsize=3, label="back-off, tenths of the impressions")
    axes.set(xlabel="predicted rate", ylabel="observed rate", title="Calibration", xlim=(0, None), ylim=(0, None))
    axes.legend()


def _auc(axes: Axes, evaluation: Evaluation) -> None:
    names = list(evaluation.measures)
    values = [evaluation.measures[name].auc for name in names]
    errors = [Z * evaluation.measures[name].error for name in names]
    colours = ["tab:blue" if name.startswith("back-off") else "silver" for name in names]
    bars = axes.barh(names, values, xerr=errors, capsize=3, color=colours)
    axes.bar_label(bars, [f"{value:.3f}" for value in values], label_type="center")
    axes.axvline(0.5, color="grey", linestyle="--")
    axes.invert_yaxis()
    axes.set(
        xlabel="AUC, with 95 % interval",
        title=f"{evaluation.predicted:,} impressions predicted",
        xlim=(min(0.4, *values), None),
    )
