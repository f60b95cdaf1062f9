"""Flushes of events, ready to be applied."""

from collections.abc import Sequence
from typing import TypeVar

from dealstream.domain.flush import Flush
from dealstream.domain.relevance import Relevance
from dealstream.domain.window import FlushWindow
from tests.support.counting import Codes
from tests.support.events import event
from tests.support.logs import Entries, piece

Kind = TypeVar("Kind", bound=Flush)


def varied_log(size: int, deals: int = 20) -> Entries:
    """Return a log of events of many owners."""
    return [
        (offset, event(offset, deal=f"d{offset % deals}", city=f"c{offset % 3}", gender="fmx"[offset % 3]))
        for offset in range(size)
    ]


def flush_of(
    relevance: Relevance,
    log: Entries,
    pieces: Sequence[tuple[int, int]],
    codes: Codes,
    partition: int = 0,
    kind: type[Kind] = Flush,
) -> Kind:
    """Return the flush of these pieces ``[first, next)`` of a log; all its events are kept."""
    window = FlushWindow(relevance)
    for bounds in pieces:
        cut = piece(log, *bounds, partition)
        window.add(cut, b"K" * len(cut))
    return kind(relevance, window, codes)
