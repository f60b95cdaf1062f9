"""Cubes: all buckets of one owner as one string of 8-byte entries, log-structured.

    cube   = [header] compacted tail
    entry  = (bucket id << 24) | count, little-endian; ids have 40 bits, counts 24
    header = two entries: (2^40 - 1) << 24 | format, then epoch << 32 | number of compacted entries

Counting appends entries; a reader sums those of equal ids. Whoever sees the length cross a power of two folds the cube:
one entry per bucket, sorted, epoch + 1. A cube that was never folded has no header. A count beyond 24 bits
takes several entries of the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ENTRY = 8
HEADER = 2 * ENTRY
FORMAT = 1
COUNT_BITS = 24
MAX_COUNT = (1 << COUNT_BITS) - 1
FOLD_FROM = 512

_MARK = ((1 << 40) - 1) << COUNT_BITS
_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cube:
    """The buckets of one owner: distinct ``ids``, rising, and their counts."""

    ids: _Int64s
    counts: _Int64s
    epoch: int
    compacted: int


def pack(ids: _Int64s, counts: _Int64s) -> bytes:
    """Return the entries of these buckets, in their order; a count too large for one entry is split."""
    if len(counts) and int(counts.max()) > MAX_COUNT:
        times = np.maximum((counts + MAX_COUNT - 1) // MAX_COUNT, 1)
        last = np.cumsum(times) - 1
        ids = np.repeat(ids, times)
        rest = counts - (times - 1) * MAX_COUNT
        counts = np.full(len(ids), MAX_COUNT, np.int64)
        counts[last] = rest
    entries: npt.NDArray[np.uint64] = (ids.astype(np.uint64) << np.uint64(COUNT_BITS)) | counts.astype(np.uint64)
    return entries.astype("<u8").tobytes()


def combine(ids: _Int64s, counts: _Int64s) -> tuple[_Int64s, _Int64s]:
    """Sum the counts of equal ids; the ids come back distinct and rising."""
    order = np.argsort(ids, kind="stable")
    ids, counts = ids[order], counts[order]
    starts = np.flatnonzero(np.diff(ids, prepend=-1))
    return ids[starts], np.add.reduceat(counts, starts) if len(starts) else counts[:0]


def read(data: bytes) -> Cube:
    """Read a cube.

    Raises:
        ValueError: the data is no cube: cut off, or of a format this code does not know.

    """
    entries, epoch, compacted = _open(data)
    ids = (entries >> np.uint64(COUNT_BITS)).astype(np.int64)
    counts = (entries & np.uint64(MAX_COUNT)).astype(np.int64)
    return Cube(*combine(ids, counts), epoch, compacted)


def fold(data: bytes) -> bytes:
    """Return the cube with one entry per bucket (more where a count needs it) and the next epoch."""
    cube = read(data)
    entries = pack(cube.ids, cube.counts)
    header = np.array([_MARK | FORMAT, (cube.epoch + 1) << 32 | len(entries) // ENTRY], "<u8").tobytes()
    return header + entries


def total(cubes: Sequence[Cube]) -> Cube:
    """Return the sum of an owner's cubes in several tiles; one alone is returned as it is."""
    if len(cubes) == 1:
        return cubes[0]
    empty = np.zeros(0, np.int64)
    ids = np.concatenate([empty, *(cube.ids for cube in cubes)])
    counts = np.concatenate([empty, *(cube.counts for cube in cubes)])
    return Cube(*combine(ids, counts), epoch=0, compacted=0)


def crossed(before: int, after: int) -> bool:
    """Tell whether growing from ``before`` to ``after`` bytes crossed a power of two at which to look for folding."""
    return after >= FOLD_FROM and before.bit_length() < after.bit_length()


def worth_folding(data: bytes) -> bool:
    """Tell whether the tail is at least half as long as the compacted part; raises as `read` does."""
    _, _, compacted = _open(data)
    return len(data) >= (HEADER + compacted * ENTRY) * 3 // 2


def parts(data: bytes) -> tuple[int, int]:
    """Return how many bytes are folded (the header among them) and how many are tail; raises as `read` does."""
    entries, _, compacted = _open(data)
    tail = (len(entries) - compacted) * ENTRY
    return len(data) - tail, tail


def _open(data: bytes) -> tuple[npt.NDArray[np.uint64], int, int]:
    """Return the entries behind the header, the epoch, and how many of the entries are compacted."""
    if len(data) % ENTRY:
        raise ValueError(f"a cube of {len(data)} bytes is cut off inside an entry")
    entries: npt.NDArray[np.uint64] = np.frombuffer(data, "<u8")
    if not len(entries) or int(entries[0]) < _MARK:
        return entries, 0, 0
    if int(entries[0]) != _MARK | FORMAT or len(entries) < 2:
        raise ValueError(f"a cube of unknown format {int(entries[0]) - _MARK}")
    epoch, compacted = divmod(int(entries[1]), 1 << 32)
    entries = entries[2:]
    if len(entries) < compacted:
        raise ValueError(f"a cube of {len(entries)} entries is cut off: {compacted} entries were compacted")
    return entries, epoch, compacted
