"""``dealstream dataset``: write a real data set as NDJSON events."""

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from dealstream.cli.failure import Failure

app = typer.Typer(help="Write a real data set as NDJSON events.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep the data set's name a part of the command, though there is only one so far."""


@app.command("complete-journey")
def complete_journey(
    events: Annotated[
        str,
        typer.Option(help="How many events, or `all`: every mailing and redemption, and till lines to fill up."),
    ] = "all",
    output: Annotated[str, typer.Option(help="The file to write; - is standard output.")] = "-",
    seed: Annotated[int, typer.Option(help="Draws the households whose till lines fill up.")] = 0,
) -> None:
    """Write a grocery chain's year: 6,589 mailings, 2,102 coupon redemptions and 1,469,307 till lines, in time order."""
    from dealstream.datasets import complete_journey as dataset

    if events != "all" and not events.isdecimal():
        raise Failure(f"--events {events}: a number, or `all`", exit_code=2)
    try:
        frame = dataset.events(None if events == "all" else int(events), seed)
    except dataset.DatasetError as error:
        raise Failure(str(error), exit_code=2) from None
    target: IO[bytes] | Path = sys.stdout.buffer if output == "-" else Path(output)
    try:
        frame.write_ndjson(target)
    except BrokenPipeError:
        sys.stderr.close()  # the reader (head, less) has seen enough; say nothing at exit either
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from None
