"""Variable-length integers (LEB128) of many strings at once: small numbers take one byte, 63 bits take nine.

    300 = 0b10_0101100 -> 1_0101100 0_0000010      7 bits a byte, the lowest first; the last byte is below 128

Loops run over the bytes of the longest number and over the strings, never over the numbers.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

MAX_BYTES = 9

_Int64s = npt.NDArray[np.int64]


def encode(values: _Int64s, numbers: _Int64s) -> list[bytes]:
    """Return the strings of ``values``, none negative: the first ``numbers[0]`` of them in the first, and so on."""
    sizes, limit, highest = np.ones(len(values), np.int8), 1 << 7, int(values.max(initial=0))
    while limit <= highest:
        sizes += values >= limit
        limit <<= 7
    ends = np.cumsum(sizes, dtype=np.int64)
    data = np.empty(ends[-1] if len(ends) else 0, np.uint8)
    places, rest = ends - sizes, values
    data[places] = rest & 0x7F
    while len(longer := np.flatnonzero(rest > 0x7F)):
        places, rest = places[longer], rest[longer] >> 7
        data[places] |= 0x80
        places += 1
        data[places] = rest & 0x7F
    bounds = np.append(0, ends)[np.append(0, np.cumsum(numbers))].tolist()
    text = data.tobytes()
    return [text[start:end] for start, end in pairwise(bounds)]


def decode(strings: Sequence[bytes]) -> tuple[_Int64s, _Int64s]:
    """Return the values of all strings, one after another, and how many each holds.

    Raises:
        ValueError: a string ends inside a number, or a number has more than 63 bits.

    """
    lengths = np.fromiter(map(len, strings), np.int64, len(strings))
    bounds = np.cumsum(lengths)
    data = np.frombuffer(b"".join(strings), np.uint8)
    if (data[bounds[lengths > 0] - 1] > 0x7F).any():
        raise ValueError("a number is cut off")
    ends = np.flatnonzero(data < 0x80)
    sizes = np.diff(ends, prepend=-1)
    if sizes.max(initial=0) > MAX_BYTES:
        raise ValueError(f"a number of {sizes.max()} bytes")
    values = data[ends].astype(np.int64)
    longer, done = np.flatnonzero(sizes > 1), 1
    while len(longer):
        values[longer] = (values[longer] << 7) | (data[ends[longer] - done] & 0x7F)
        done += 1
        longer = longer[sizes[longer] > done]
    return values, np.diff(np.searchsorted(ends, bounds), prepend=0)
