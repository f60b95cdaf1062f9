"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Env = Annotated[str, typer.Option("--env", "-e", help="The environment of config.json.", envvar="DEALSTREAM_ENV")]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="The relevance.toml.", envvar="DEALSTREAM_CONFIG", show_default="relevance.toml"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one document.")]
DEFAULT_ENV = "dev"
