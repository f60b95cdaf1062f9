"""Which impression led to which conversion.

An impression is converted if its user converts its deal afterwards, within a window. A conversion is that of the user's
newest impression of the deal that has no conversion yet and is not older than the window; at equal times the order of
the log decides. So each conversion makes at most one impression converted, and no impression is converted twice.
"""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from dealstream.domain.relevance import DEAL
from dealstream.domain.window import Columns

# positions of an impression and a conversion among the types; see EventTypes.names
IMPRESSION, CONVERSION = 0, 1
NONE = -1

_Int64s = npt.NDArray[np.int64]


def pairs(columns: Columns) -> _Int64s:
    """Return the same number for events of the same user and deal."""
    return columns.users.astype(np.int64) * max(len(columns.labels[DEAL]), 1) + columns.codes[DEAL]


def attribute(columns: Columns, window_ms: int) -> _Int64s:
    """Return for each event, in order of time, the position of the conversion it led to; `NONE` if there is none."""
    led_to = np.full(len(columns.times), NONE, np.int64)
    of_pair = pairs(columns)
    shown, bought = (of_pair[columns.types == type_] for type_ in (IMPRESSION, CONVERSION))
    of_both = np.isin(of_pair, np.intersect1d(shown, bought)) & (columns.types <= CONVERSION)
    open_: dict[int, list[int]] = defaultdict(list)
    for position in np.flatnonzero(of_both).tolist():
        waiting = open_[int(of_pair[position])]
        if columns.types[position] == IMPRESSION:
            waiting.append(position)
        elif waiting:
            newest = waiting.pop()
            if columns.times[position] - columns.times[newest] <= window_ms:
                led_to[newest] = position
            else:
                waiting.clear()  # the others are older still
    return led_to
