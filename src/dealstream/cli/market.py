"""``dealstream market``: made-up visitors with hidden tastes, to see how soon ranking finds out what they like."""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import Config, Json
from dealstream.cli.serve import DEFAULT_PORT, LOCAL

if TYPE_CHECKING:
    from dealstream.market.report import Report
    from dealstream.market.simulation import Simulation, Terms
    from dealstream.market.tally import BestSellers

# in memory so much time goes by between visits, and by the clock there
_START_MS, _STEP_MS = 1_750_000_000_000, 600_000
_EXAMPLE = Path("examples/market/relevance.toml")
KEY = "DEALSTREAM_API_KEY"


def market(
    url: Annotated[str, typer.Option(help="The service.")] = f"http://{LOCAL}:{DEFAULT_PORT}",
    memory: Annotated[bool, typer.Option("--memory", help="No service: count and rank in this process.")] = False,
    impressions: Annotated[int, typer.Option(help="How many in all, over the three pages.", min=1_000)] = 260_000,
    learned: Annotated[int, typer.Option(help="What comes after so many is measured.", min=0)] = 200_000,
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 1,
    by: Annotated[str, typer.Option("--best-sellers", help="What makes a best-seller: count or rate.")] = "rate",
    output: Annotated[Path, typer.Option(help="The progress, for the dashboard.")] = Path("build/market.json"),
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let visitors with hidden tastes browse and buy; compare the ranked page with best-sellers and with an oracle.

    Through the HTTP service (its key in DEALSTREAM_API_KEY, write scope), or with --memory without any cluster.
    """
    from dealstream.market.report import Report
    from dealstream.market.simulation import Simulation, Terms

    terms = Terms(seed=seed, best_sellers=_best_sellers(by))
    report = Report(learned)
    if memory:
        from dealstream.market.memory_shop import MemoryShop
        from dealstream.settings import load_relevance

        simulation = Simulation(terms, MemoryShop(load_relevance(config or _EXAMPLE)))
        _run(simulation, report, impressions, output, in_memory=True)
    else:
        simulation = _through_http(terms, report, url, impressions, output)
    if as_json:
        print(json.dumps(report.document(simulation, impressions)))
    else:
        _print(report)
    print(f"progress: {output}", file=sys.stderr)


def _best_sellers(by: str) -> "BestSellers":
    from dealstream.cli.failure import Failure
    from dealstream.market.tally import BestSellers

    try:
        return BestSellers(by)
    except ValueError:
        raise Failure(f"{by!r} is neither count nor rate", exit_code=2) from None


def _through_http(terms: "Terms", report: "Report", url: str, impressions: int, output: Path) -> "Simulation":
    from dealstream.cli.http_shop import HttpShop
    from dealstream.market.simulation import Simulation

    shop = HttpShop(url, os.environ.get(KEY))
    try:
        simulation = Simulation(terms, shop)
        _run(simulation, report, impressions, output, in_memory=False)
    finally:
        shop.close()
    return simulation


def _run(simulation: "Simulation", report: "Report", impressions: int, output: Path, in_memory: bool) -> None:
    """Let visitors come until there are enough impressions; keep the progress in a file."""
    from dealstream.cli.progress import progress
    from dealstream.market.report import STEP

    output.parent.mkdir(parents=True, exist_ok=True)
    now_ms = _START_MS
    simulation.open()
    with progress("impressions", impressions) as advance:
        while report.impressions < impressions:
            before = report.impressions
            report.add(simulation.visit(now_ms if in_memory else time.time_ns() // 1_000_000))
            now_ms += _STEP_MS
            advance(report.impressions - before)
            if report.impressions // STEP > before // STEP or report.impressions >= impressions:
                _keep(report, simulation, impressions, output)


def _keep(report: "Report", simulation: "Simulation", impressions: int, output: Path) -> None:
    """Write the progress; who reads it meanwhile sees the whole of the one before."""
    part = output.with_suffix(".part")
    part.write_text(json.dumps(report.document(simulation, impressions)))
    part.replace(output)


def _print(report: "Report") -> None:
    import polars as pl

    from dealstream.cli.tables import show
    from dealstream.market.tally import Kind

    rows = [
        {
            "page": kind.value,
            "impressions": tally.impressions,
            "conversions": tally.conversions,
            "rate": f"{tally.rate:.2%} ± {tally.error:.2%}",
            "without chance": f"{tally.true_rate:.2%}",
        }
        for kind, tally in report.measured.items()
    ]
    show(pl.DataFrame(rows), f"after {report.learned:,} of {report.impressions:,} impressions")
    for kind in (Kind.BEST_SELLERS, Kind.ORACLE):
        print(f"ranked / {kind.value}: {report.ratio(kind):.2f} ({report.true_ratio(kind):.2f} without chance)")
