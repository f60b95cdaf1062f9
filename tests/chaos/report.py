"""What a run prints in the end."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.chaos.flow import Blow
from tests.chaos.memory import Growth


def faults_table(blows: Sequence[Blow]) -> Table:
    """Return a line for each fault in the order of their times."""
    table = _table("faults", "at s", "fault", "target", "for s", "flowed again after s", "")
    for blow in blows:
        table.add_row(
            _number(blow.at),
            blow.fault.action.value,
            blow.fault.target,
            _number(blow.fault.seconds) if blow.fault.seconds else "",
            _number(blow.seconds),
            ", ".join([*blow.told, *(["with others"] if blow.disturbed else [])]),
        )
    return table


def kinds_table(blows: Iterable[Blow]) -> Table:
    """Return a line for each kind of fault; a fault that fell together with others counts in `all` only."""
    kinds: dict[tuple[str, str], list[Blow]] = defaultdict(list)
    for blow in blows:
        kinds[blow.fault.action.value, blow.fault.target].append(blow)
    table = _table(
        "seconds until the stream flowed again, medians", "fault", "target", "faults", "alone", "all", "most"
    )
    for (action, target), members in sorted(kinds.items()):
        alone = [blow.seconds for blow in members if blow.seconds is not None and not blow.disturbed]
        flowed = [blow.seconds for blow in members if blow.seconds is not None]
        middle = [_number(median(some)) if some else "" for some in (alone, flowed)]
        table.add_row(action, target, str(len(members)), *middle, _number(max(flowed, default=None)))
    return table


def memory_table(growths: Iterable[Growth]) -> Table:
    """Return a line for each component."""
    table = _table("resident memory, MB", "process", "early", "late", "growth %", "most")
    for growth in growths:
        sizes = [f"{size / 2**20:,.0f}" for size in (growth.first, growth.last, growth.most)]
        table.add_row(growth.name, sizes[0], sizes[1], f"{growth.percent:+.1f}", sizes[2])
    return table


def show(console: Console, *tables: Table) -> None:
    """Print tables."""
    for table in tables:
        console.print(table)
        console.print()


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    words = {"fault", "target", "process", ""}
    for column in columns:
        table.add_column(column, justify="left" if column in words else "right")
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
