"""Configuration files from templates: `@{name}` is replaced, everything else is left as it is."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from cluster.layout import PACKAGE


class _Text(Template):
    """`$` means something in the files themselves (Log4j, Java properties), so the mark is `@`."""

    delimiter = "@"


def fill(text: str, values: Mapping[str, object]) -> str:
    """Replace every `@{name}`. A name without a value is a KeyError, `@@` is a plain `@`."""
    return _Text(text).substitute(values)


def render(kind: str, target: Path, values: Mapping[str, object]) -> None:
    """Fill every file of `cluster/conf/KIND` into the folder `target`, which then holds these files only."""
    target.mkdir(parents=True, exist_ok=True)
    sources = {path.name: path for path in sorted((PACKAGE / "conf" / kind).iterdir())}
    for name, source in sources.items():
        (target / name).write_text(fill(source.read_text(), values))
    for stale in target.iterdir():
        if stale.name not in sources:
            stale.unlink()
