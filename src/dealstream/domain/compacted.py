"""The compacted parts of many cubes at once, from and to keys and counts.

A *key* is the number of a cube among those at hand, above a bucket id of 40 bits; keys rise, each comes once. A cube's
buckets become two strings of varints:

    ids    = for each bucket (id - the id before - 1) << 1, + 1 unless its count is 1; before the first comes -1
    counts = those other counts

Most counts are 1 and most ids close to the one before: 1.6 bytes a bucket where a plain entry takes 8.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain import varints
from dealstream.domain.cuboid import ID_BITS, ID_LIMIT, ID_MASK

_Int64s = npt.NDArray[np.int64]


def encode(keys: _Int64s, counts: _Int64s, cubes: int) -> tuple[list[bytes], list[bytes]]:
    """Return the ids and the counts of ``cubes`` cubes; a cube without a key gets empty ones."""
    bounds = bounds_of(keys, cubes)
    firsts = bounds[:-1][np.diff(bounds) > 0]
    gaps = np.diff(keys, prepend=0) - 1
    gaps[firsts] = keys[firsts] & ID_MASK
    others = counts != 1
    places = np.flatnonzero(others)
    return (
        varints.encode((gaps << 1) | others, np.diff(bounds)),
        varints.encode(counts[places], np.diff(np.searchsorted(places, bounds))),
    )


def decode(id_parts: Sequence[bytes], count_parts: Sequence[bytes]) -> tuple[_Int64s, _Int64s, _Int64s]:
    """Return the keys, their counts, and how many each cube has.

    Raises:
        ValueError: a part is cut off, the two do not fit each other, or an id has more than 40 bits.

    """
    gaps, numbers = varints.decode(id_parts)
    other_counts, other_numbers = varints.decode(count_parts)
    bounds = np.append(0, np.cumsum(numbers))
    places = np.flatnonzero(gaps & 1)
    if (np.diff(np.searchsorted(places, bounds)) != other_numbers).any():
        raise ValueError("a cube has another number of counts than its ids ask for")
    counts = np.ones(len(gaps), np.int64)
    counts[places] = other_counts
    gaps >>= 1
    ends = np.append(0, np.cumsum(gaps + 1))
    starts = ends[bounds[:-1]]
    # no gap may be so wide that the sum wraps
    if gaps.max(initial=0) >= ID_LIMIT or (ends[bounds[1:]] - starts).max(initial=0) > ID_LIMIT:
        raise ValueError(f"a cube has a bucket id of more than {ID_BITS} bits")
    above = (np.arange(len(numbers)) << ID_BITS) - starts - 1
    return ends[1:] + np.repeat(above, numbers), counts, numbers


def bounds_of(keys: _Int64s, cubes: int) -> _Int64s:
    """Return where each cube's keys start, and last where they end."""
    return np.searchsorted(keys, np.arange(cubes + 1) << ID_BITS)
