"""The curve as a picture."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure


def draw(points: Sequence[tuple[int, float, float, float]], path: Path) -> None:
    """Write a PNG of (deals, processor microseconds an event, of which counting, entries an event)."""
    deals, cpu, counting, entries = zip(*points, strict=True)
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    left.plot(deals, cpu, "o-", label="processor time of an event, all processes")
    left.plot(deals, counting, "s-", label="of it the counter and Redis")
    right.plot(deals, entries, "^--", color="grey", label="entries that are left of an event")
    left.set(xscale="log", xlabel="deals", ylabel="microseconds", ylim=(0, None), title="Counting in 30 cuboids")
    right.set(ylabel="entries", ylim=(0, None))
    lines = [*left.get_lines(), *right.get_lines()]
    left.legend(handles=lines, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)
