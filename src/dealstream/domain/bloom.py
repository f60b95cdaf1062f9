"""Sets of event ids in a pybloom-live filter, many at a time.

pybloom-live sizes the filter and owns its bits; one ``add`` per id costs it 6-7 us, so batches are set and tested by
numpy on the filter's own bit array. An id is hashed once (xxh3, 128 bits = two halves ``a``, ``b``) and probe i is
``mix(a + i * b)``, scaled to the region's bits (D. Lemire, "Fast Random Integer Generation in an Interval", 2019).
Plain double hashing would not do: with one region of m bits per probe, two ids collide in every probe once ``a mod m``
and ``b mod m`` agree, a floor of n/m^2 false positives (about 2e-6 for a slice of 2^18 ids) however many probes there
are; see A. Kirsch and M. Mitzenmacher, "Less Hashing, Same Performance" (2008), section 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash
from pybloom_live import BloomFilter

# how the places of ids are computed: the bits of sets that do it otherwise mean nothing here
PROBING = 2

Digests = npt.NDArray[np.uint64]
_Bits = npt.NDArray[np.uint8]
_HALF = np.uint64(32)


def digests(ids: Sequence[str]) -> Digests:
    """Return an array of shape (len(ids), 2): the halves of each id's 128-bit xxh3 digest."""
    joined = b"".join(map(xxhash.xxh3_128_digest, map(str.encode, ids)))
    return np.frombuffer(joined, np.uint64).reshape(-1, 2)


@dataclass(frozen=True)
class Probes:
    """Where some ids have their bits in every set of one size: byte and mask, of shape (regions, ids)."""

    bytes: npt.NDArray[np.int64]
    masks: _Bits


class IdSet:
    """A set of at most ``capacity`` ids that errs towards "is in it" with probability ``error_rate`` when full."""

    def __init__(self, capacity: int, error_rate: float) -> None:
        self._filter = BloomFilter(capacity, error_rate)
        self._bits: _Bits = np.frombuffer(memoryview(self._filter.bitarray), np.uint8)

    def probes(self, ids: Digests) -> Probes:
        """Return where the ids have their bits, in this set and in all of its size."""
        width, regions = np.uint64(self._filter.bits_per_slice), np.arange(self._filter.num_slices, dtype=np.uint64)
        # in place: temporary arrays of this size would take four times as long
        places = (regions + np.uint64(1))[:, np.newaxis] * (ids[:, 1] | np.uint64(1))
        places += ids[:, 0]
        places ^= places >> _HALF
        places *= np.uint64(0x9E3779B97F4A7C15)
        places >>= _HALF
        places *= width
        places >>= _HALF
        places += (regions * width)[:, np.newaxis]
        masks = np.uint8(1) << (places.astype(np.uint8) & np.uint8(7))
        places >>= np.uint64(3)
        return Probes(places.view(np.int64), masks)

    def contains(self, ids: Probes) -> npt.NDArray[np.bool_]:
        """Tell for each id whether it may be in the set; drops an id from the probing as soon as a bit is clear."""
        found = np.zeros(ids.bytes.shape[1], bool)
        left = np.arange(len(found))
        for bytes_, masks in zip(ids.bytes, ids.masks, strict=True):
            left = left[self._bits[bytes_[left]] & masks[left] != 0]
            if not len(left):
                return found
        found[left] = True
        return found

    def add(self, ids: Probes) -> None:
        """Put the ids into the set."""
        bytes_, masks = ids.bytes.ravel(), ids.masks.ravel()
        # of several bits in one byte only one is set at a time; that is rare, and faster than `bitwise_or.at`
        while len(bytes_):
            self._bits[bytes_] |= masks
            lacking = self._bits[bytes_] & masks == 0
            bytes_, masks = bytes_[lacking], masks[lacking]

    def dump(self) -> bytes:
        """Return the bits."""
        return self._bits.tobytes()

    def load(self, bits: bytes) -> None:
        """Take back what `dump` returned.

        Raises:
            ValueError: the bits are those of a set of another capacity or error rate.

        """
        if len(bits) != len(self._bits):
            raise ValueError(f"{len(bits)} bytes for a filter of {len(self._bits)}")
        self._bits[:] = np.frombuffer(bits, np.uint8)
