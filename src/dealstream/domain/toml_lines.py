"""Where a key stands in a TOML text, so that an error can name its line."""

import re
from collections.abc import Sequence


def line_of(source: str, path: Sequence[str | int]) -> int:
    """Return the 1-based line of the deepest part of ``path`` that can be found; 1 if none can.

    Follows tables (``[dimensions.price]``), keys (``price = ...``) and inline keys; of a list, the line on
    which the item opens.
    """
    lines = source.splitlines()
    found = 0
    for part in path:
        matcher = _item_opens(lines, found, part) if isinstance(part, int) else _key_opens(lines, found, part)
        if matcher is None:
            break
        found = matcher
    return found + 1


def _key_opens(lines: Sequence[str], start: int, key: str) -> int | None:
    pattern = re.compile(rf"""^\s*\[+[^#]*\b{re.escape(key)}\b|(^|[\s,{{.])["']?{re.escape(key)}["']?\s*=""")
    return next((number for number in range(start, len(lines)) if pattern.search(lines[number])), None)


def _item_opens(lines: Sequence[str], start: int, index: int) -> int | None:
    """Find the line of item ``index`` of the list that opens at line ``start``."""
    depth, item = 0, -1
    for number in range(start, len(lines)):
        for char in lines[number].split("#")[0]:
            depth += (char == "[") - (char == "]")
            if char == "[" and depth == 2:
                item += 1
                if item == index:
                    return number
    return None
