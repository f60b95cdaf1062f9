"""Durations as people write them in configuration: ``90s``, ``15m``, ``12h``, ``400d``."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"(\d+)([smhd])")


def seconds(text: str) -> int:
    """Return the length of ``text`` in seconds.

    Raises:
        ValueError: it is not a whole number followed by ``s``, ``m``, ``h`` or ``d``.

    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 90s, 15m, 12h or 400d")
    return int(match[1]) * _SECONDS[match[2]]
