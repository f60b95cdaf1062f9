"""Tables of relevance.toml: the error that leads to the key that is wrong, and the check of types."""

import re
from typing import TypeVar

import msgspec

from dealstream.domain.budget import decode

_T = TypeVar("_T")


class RelevanceError(ValueError):
    """A key of relevance.toml is wrong; ``path`` leads to it, such as ``("dimensions", "price", "edges")``."""

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {problem}")
        self.path = path
        self.problem = problem


def convert(table: object, form: type[_T], path: tuple[str | int, ...]) -> _T:
    """Check the types of ``table``; msgspec says where it is wrong as ``... - at `$.event.id[0]` ``."""
    try:
        return msgspec.convert(table, form, dec_hook=decode)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", place)
        raise RelevanceError((*path, *(key or int(index) for key, index in steps)), problem) from None
