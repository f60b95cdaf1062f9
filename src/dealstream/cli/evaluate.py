"""``dealstream evaluate``: how well ranking would have predicted what happened."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.failure import Failure
from dealstream.cli.files import opened
from dealstream.cli.options import Config, Json

if TYPE_CHECKING:
    from dealstream.domain.relevance import Relevance
    from dealstream.evaluation.evaluate import Evaluation
    from dealstream.evaluation.log import Log
    from dealstream.evaluation.split import Split
    from dealstream.ndjson import Block


def evaluate(
    files: Annotated[list[Path], typer.Argument(help="NDJSON files of events.")],
    split: Annotated[float, typer.Option(help="The share of the impressions to learn from.", min=0.01, max=0.99)] = 0.8,
    random: Annotated[
        int | None, typer.Option(metavar="SEED", help="Draw them by this seed, not the first in the order of time.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(help="How long after an impression a conversion is its own; by default as configured."),
    ] = None,
    plot: Annotated[Path, typer.Option(help="The picture to write, PNG.")] = Path("build/evaluation.png"),
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Learn counts from the first part of FILES, predict the conversion of the impressions in the rest.

    Back-off is compared with the global rate, each deal's own, and a logistic regression on the same dimensions.
    """
    from dealstream.evaluation.evaluate import evaluate as evaluated
    from dealstream.evaluation.log import EvaluationError
    from dealstream.evaluation.plot import plot as draw
    from dealstream.settings import load_relevance, relevance_path

    relevance = load_relevance(config or relevance_path())
    window_ms = relevance.ranking.attribution_ms if window is None else _milliseconds(window)
    log = _read(files, relevance)
    try:
        found = evaluated(relevance, log.columns, _split(log, split, random, window_ms))
    except EvaluationError as error:
        raise Failure(str(error)) from None
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        _print(found, relevance)
    draw(found, f"{relevance.name}: {', '.join(path.name for path in files)}", plot)
    print(f"plot: {plot}", file=sys.stderr)


def _read(files: list[Path], relevance: "Relevance") -> "Log":
    from dealstream.evaluation.log import read

    log = read(relevance, _blocks(files), time.time_ns() // 1_000_000)
    if log.rejected or log.duplicates:
        print(f"left out: {log.rejected:,} lines that are no events, {log.duplicates:,} duplicates", file=sys.stderr)
    return log


def _blocks(files: list[Path]) -> Iterator["Block"]:
    from dealstream.ndjson import blocks

    for path in files:
        with opened(path) as file:
            yield from blocks(file, str(path))


def _split(log: "Log", share: float, seed: int | None, window_ms: int) -> "Split":
    from dealstream.evaluation.attribution import attribute
    from dealstream.evaluation.split import by_chance, by_time

    led_to = attribute(log.columns, window_ms)
    if seed is None:
        return by_time(log.columns, led_to, share)
    return by_chance(log.columns, led_to, share, seed)


def _milliseconds(window: str) -> int:
    from dealstream.domain import durations

    try:
        return durations.seconds(window) * 1000
    except ValueError as error:
        raise Failure(str(error), exit_code=2) from None


def _print(found: "Evaluation", relevance: "Relevance") -> None:
    import polars as pl

    from dealstream.cli.tables import show
    from dealstream.evaluation.evaluate import GLOBAL

    print(
        f"learned {found.learned:,} impressions; predicted {found.predicted:,}, of which {found.converted:,} converted"
    )
    for chain in relevance.ranking.chains:
        print(f"  {chain.weight:.2f}  {chain.name}")
    entropy = found.measures[GLOBAL].log_loss
    rows = [
        {
            "": name,
            "AUC": f"{each.auc:.4f} ± {each.error:.4f}",
            "log loss": f"{each.log_loss:.5f}",
            "vs. global": f"{each.log_loss / entropy - 1:+.2%}",
            "lift": f"{each.lift:.2f}",
        }
        for name, each in found.measures.items()
    ]
    show(pl.DataFrame(rows))
    show(pl.DataFrame([asdict(each) for each in found.calibration]), "\ncalibration of back-off")
    print("\nback-off's AUC, with 95 % interval")
    for name, each in found.against.items():
        print(f"  {each.auc:+.4f} [{each.low:+.4f}, {each.high:+.4f}]  against {name}")
    if abs(found.repeats / relevance.ranking.repeats - 1) > 0.1:
        print(
            f"\n{found.repeats:.2f} conversions were counted for each converted impression: say so in [ranking] repeats"
        )
