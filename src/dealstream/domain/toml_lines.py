"""Where a key stands in a TOML text, so that an error can name its line."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[{1,2}[^\[\],=]+\]{1,2}\s*")


def line_of(source: str, path: Sequence[str | int]) -> int:
    """Return the 1-based line of the deepest part of ``path`` that can be found; 1 if none can.

    Follows tables (``[dimensions.price]``), keys (``price = ...``) and inline keys; of a list, the line on
    which the item opens.
    """
    lines = [line.split("#")[0] for line in source.splitlines()]
    found = 0
    for part in path:
        matcher = _item_opens(lines, found, part) if isinstance(part, int) else _key_opens(lines, found, part)
        if matcher is None:
            break
        found = matcher
    return found + 1


def _key_opens(lines: Sequence[str], start: int, key: str) -> int | None:
    """Find the table of that name, or the key in the table (or before the first one) in which line ``start`` is."""
    named = re.compile(rf"\b{re.escape(key)}\b")
    assigned = re.compile(rf"""(^|[\s,{{.])["']?{re.escape(key)}["']?(\.[\w."'-]+)?\s*=""")
    inside = True
    for number in range(start, len(lines)):
        header = _HEADER.fullmatch(lines[number]) is not None
        inside = inside and (not header or number == start)
        if named.search(lines[number]) if header else inside and assigned.search(lines[number]):
            return number
    return None


def _item_opens(lines: Sequence[str], start: int, index: int) -> int | None:
    """Find the line of item ``index`` of the list that opens at line ``start``."""
    depth, item = 0, -1
    for number in range(start, len(lines)):
        for char in lines[number]:
            depth += (char == "[") - (char == "]")
            if char == "[" and depth == 2:
                item += 1
                if item == index:
                    return number
    return None
