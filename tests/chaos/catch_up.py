"""Waiting for the stores when the stream has ended, as `dealstream wait` does, whatever does not answer at times."""

import time

from dealstream.queries.lag import lag
from dealstream.settings import Settings
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.open import open_counters, open_log

PATIENCE_SECONDS = 180.0
"""Without any progress, before what is missing is taken for lost."""
_POLL_SECONDS = 0.5


def catch_up(settings: Settings) -> float | None:
    """Wait until both stores have all that is on the log; return how long it took, None if it does not happen."""
    counters, log = open_counters(settings), open_log(settings)
    begun = moved = time.monotonic()
    best: int | None = None
    while time.monotonic() - moved < PATIENCE_SECONDS:
        time.sleep(_POLL_SECONDS)
        try:
            states = lag(log, counters)
        except StoreUnavailableError:
            continue
        if all(state.caught_up for state in states):
            return time.monotonic() - begun
        behind = sum(state.behind for state in states)
        if best is None or behind < best:
            moved, best = time.monotonic(), behind
    return None
