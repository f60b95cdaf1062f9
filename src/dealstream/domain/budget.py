"""``[budget]`` of relevance.toml: how much is expected, and what counting it may cost."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

# a deal's capacity: how many codes an open dimension can have at all
MAX_DEALS = 1 << 22
_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_FORM = re.compile(r"(\d+(?:\.\d+)?) *([kMGT]B)")


class Bytes(int):
    """A number of bytes, in configuration a text such as ``8GB``: decimal units, as ``plan`` prints them."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is expected and what it may cost at most; a limit that is not set limits nothing.

    ``events`` is how many events are counted in all; ``events_per_second`` how many come when most come; ``deals`` how
    many deals there are. ``memory`` is that of all Redis servers together; ``updates_per_second`` are
    the entries that flushes append to cubes.
    """

    events: Annotated[int, Meta(ge=1)]
    events_per_second: Annotated[float, Meta(gt=0)]
    deals: Annotated[int, Meta(ge=1, le=MAX_DEALS)] = MAX_DEALS
    memory: Bytes | None = None
    updates_per_second: Annotated[float, Meta(gt=0)] | None = None


def decode(kind: type[Any], value: object) -> Any:  # noqa: ANN401 -- msgspec's hook for types it does not know
    """Return ``value`` of configuration as ``kind``.

    Raises:
        ValueError: it is no size.
        NotImplementedError: ``kind`` is not `Bytes`.

    """
    if kind is not Bytes:
        raise NotImplementedError(kind)
    match = _FORM.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a size such as 500MB, 8GB or 1.5TB")
    return Bytes(float(match[1]) * _UNITS[match[2]])
