"""What a run found out, as it is printed and as it is written to a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from bench.latency import Latency
from bench.mode import Mode
from bench.usage import BENCH, OTHERS

WORDS = ("", "rate", "store", "process", "compared")
ORDER = ("kafka", "spout", "worker", "dedup", "counter", "redis-1", "redis-2", "writer", "hbase")


@dataclass(frozen=True)
class Result:
    """What a mode does: rates, processor seconds a million events and resident MB by process, and whether it counts.

    ``cpu_of_others`` is the share of the machine that processes took that are not of the run: with more than a few
    percent the rates mean little.
    """

    mode: Mode
    events: int
    seconds: float
    events_per_s: float
    updates_per_s: float
    cells_per_s: float
    cpu_s_per_million: dict[str, float]
    cpu_total_s_per_million: float
    cpu_of_others: float
    rss_mb: dict[str, float]
    latency: dict[str, Latency]
    exact: bool
    compared: str

    def as_json(self) -> dict[str, Any]:
        """Return it with rounded figures."""
        return {name: _rounded(value) for name, value in asdict(self).items() if name != "mode"}


def rates(results: Mapping[Mode, Result]) -> Table:
    """Return a line for each mode."""
    table = _table("throughput", "", "events/s", "updates/s", "cells/s", "CPU s/million", "others' CPU", "compared")
    for mode, each in results.items():
        figures = (each.events_per_s, each.updates_per_s, each.cells_per_s)
        table.add_row(
            mode,
            *(f"{figure:,.0f}" if figure else "" for figure in figures),
            f"{each.cpu_total_s_per_million:.1f}",
            f"{each.cpu_of_others:.0%}",
            ("exact: " if each.exact else "NOT EXACT: ") + each.compared,
        )
    return table


def latencies(results: Mapping[Mode, Result]) -> Table:
    """Return a line for each mode, rate and store."""
    table = _table(
        "milliseconds until an event is visible",
        "",
        "rate",
        "events/s",
        "sent/s",
        "store",
        "p50",
        "p99",
        "most",
        "behind",
    )
    for mode, each in results.items():
        for rate, found in each.latency.items():
            for store, seen in (("counters", found.counters), ("rows", found.rows)):
                if seen:
                    figures = (seen.p50_ms, seen.p99_ms, seen.most_ms, found.behind)
                    rates = (f"{found.asked_per_s:,.0f}", f"{found.sent_per_s:,.0f}")
                    table.add_row(mode, rate, *rates, store, *(f"{figure:,.0f}" for figure in figures))
    return table


def processes(results: Mapping[Mode, Result]) -> Table:
    """Return a line for each process: processor seconds a million events, and resident MB, in each mode."""
    found = {name for each in results.values() for name in each.rss_mb}
    names = [*(name for name in ORDER if name in found), *sorted(found - {*ORDER, OTHERS, BENCH})]
    table = _table("CPU s per million events, and resident MB", "process", *(str(mode) for mode in results))
    for name in names:
        cells = [
            f"{each.cpu_s_per_million[name]:.2f}  {each.rss_mb[name]:5,.0f} MB" if name in each.rss_mb else ""
            for each in results.values()
        ]
        table.add_row(name, *cells)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in WORDS else "right")
    return table


def _rounded(value: Any) -> Any:  # noqa: ANN401 -- whatever JSON has
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 3) if isinstance(value, float) else value
