"""Tables on the terminal."""

import polars as pl
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table


def show(frame: pl.DataFrame, title: str | None = None) -> None:
    """Print a frame: numbers right, thousands separated, rates as percentages, bytes in kB, MB and so on."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name, kind in frame.schema.items():
        table.add_column(name, justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows(named=True):
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    Console().print(table)


def _cell(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("rate") and isinstance(value, float):
        return f"{value:.2%}"
    if name.endswith("bytes") and isinstance(value, int):
        return decimal(value)
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
