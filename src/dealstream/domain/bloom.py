"""Sets of event ids in a pybloom-live filter, many at a time.

pybloom-live sizes the filter and owns its bits; one ``add`` per id costs it 6-7 us, so batches are set and tested by
numpy on the filter's own bit array. An id is hashed once (xxh3, 128 bits = two halves ``a``, ``b``) and probe i is
``mix(a + i * b)``. Plain double hashing would not do: with one region of m bits per probe, two ids collide in every
probe once ``a mod m`` and ``b mod m`` agree, a floor of n/m^2 false positives (about 2e-6 for a slice of 2^18 ids)
however many probes there are; see A. Kirsch and M. Mitzenmacher, "Less Hashing, Same Performance" (2008), section 5.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import xxhash
from pybloom_live import BloomFilter

Digests = npt.NDArray[np.uint64]
_Bits = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.uint64]


def digests(ids: Sequence[str]) -> Digests:
    """Return an array of shape (len(ids), 2): the halves of each id's 128-bit xxh3 digest."""
    joined = b"".join([xxhash.xxh3_128_digest(id_.encode()) for id_ in ids])
    return np.frombuffer(joined, np.uint64).reshape(-1, 2)


class IdSet:
    """A set of at most ``capacity`` ids that errs towards "is in it" with probability ``error_rate`` when full."""

    def __init__(self, capacity: int, error_rate: float) -> None:
        self._filter = BloomFilter(capacity, error_rate)
        self._bits: _Bits = np.frombuffer(memoryview(self._filter.bitarray), np.uint8)

    def contains(self, ids: Digests) -> npt.NDArray[np.bool_]:
        """Tell for each id whether it may be in the set; drops an id from the probing as soon as a bit is clear."""
        found = np.zeros(len(ids), bool)
        left = np.arange(len(ids))
        for places in self._probes(ids):
            places = places[left]
            left = left[(self._bits[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)) & 1 == 1]
            if not len(left):
                return found
        found[left] = True
        return found

    def add(self, ids: Digests) -> None:
        """Put the ids into the set."""
        for places in self._probes(ids):
            bits = np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)
            np.bitwise_or.at(self._bits, places >> np.uint64(3), bits)

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

    def _probes(self, ids: Digests) -> Iterator[_Places]:
        """Yield one bit position per id for each of the filter's regions."""
        width = np.uint64(self._filter.bits_per_slice)
        mixed, step = ids[:, 0].copy(), ids[:, 1] | np.uint64(1)
        for region in range(self._filter.num_slices):
            mixed += step
            place = mixed ^ (mixed >> np.uint64(32))
            place *= np.uint64(0x9E3779B97F4A7C15)
            place ^= place >> np.uint64(29)
            yield place % width + np.uint64(region) * width
