"""Cubes: all buckets of one owner as one string, log-structured.

    cube   = [header ids counts] tail
    header = format and 2 bytes of epoch, 5 bytes of ones, then the lengths of ids and counts, 4 bytes each
    ids, counts = the compacted part, see `compacted`
    tail   = entries of 8 bytes: (bucket id << 24) | count; ids have 40 bits, counts 24

All numbers are little-endian. Counting appends entries; a reader sums those of equal ids. A count beyond 24 bits takes
several entries. Folding moves the tail into the compacted part and adds 1 to the epoch, modulo 65,536. A cube that was
never folded has no header: what would be an entry of the id of 40 ones, which no bucket has, is one.

When to fold: whoever sees the length cross a power of two from 256 bytes on looks, and folds if the tail is at least
twice as long as the rest. Shorter tails would be folded with too many buckets that have not changed. Redis gives a
string that was appended to up to twice its length; one that was folded, exactly its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain import compacted
from dealstream.domain.cuboid import ID_BITS, ID_LIMIT, ID_MASK
from dealstream.domain.runs import starts_of_runs

ENTRY = 8
HEADER = 16
FORMAT = 2
COUNT_BITS = 24
MAX_COUNT = (1 << COUNT_BITS) - 1
FOLD_FROM = 256
FOLD_TAIL = 2

_MARK = ID_LIMIT << COUNT_BITS
_EPOCHS = 1 << 16
# bounds the memory taken while many are read or folded
_AT_ONCE = 1000
_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cube:
    """The buckets of one owner: distinct ``ids``, rising, and their counts; ``compacted`` of them were folded."""

    ids: _Int64s
    counts: _Int64s
    epoch: int
    compacted: int


@dataclass(frozen=True)
class _Summed:
    """Many cubes, each with its epoch and how many of its buckets were folded; the keys are those of `compacted`."""

    keys: _Int64s
    counts: _Int64s
    epochs: _Int64s
    folded: _Int64s


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


def read(data: bytes) -> Cube:
    """Read a cube.

    Raises:
        ValueError: the data is no cube: cut off, or of a format this code does not know.

    """
    return read_all([data])[0]


def read_all(datas: Sequence[bytes]) -> list[Cube]:
    """Read many cubes, cheaper than one by one; raises as `read` does."""
    return [cube for some in _portions(datas) for cube in _read(some)]


def fold(data: bytes) -> bytes:
    """Return the cube without a tail and of the next epoch; raises as `read` does."""
    return fold_all([data])[0]


def fold_all(datas: Sequence[bytes]) -> list[bytes]:
    """Fold many cubes, far cheaper than one by one; raises as `read` does."""
    return [data for some in _portions(datas) for data in _fold(some)]


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
    """Tell whether the tail is at least twice as long as the rest; does not check that it is a cube."""
    folded, _ = parts(data)
    return not folded or len(data) >= (1 + FOLD_TAIL) * folded


def parts(data: bytes) -> tuple[int, int]:
    """Return how many bytes are folded, header and all, and how many are tail; does not check that it is a cube."""
    if int.from_bytes(data[:ENTRY], "little") < _MARK:
        return 0, len(data)
    lengths = int.from_bytes(data[ENTRY:HEADER], "little")
    folded = HEADER + (lengths & 0xFFFFFFFF) + (lengths >> 32)
    return folded, len(data) - folded


def _portions(datas: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [datas[start : start + _AT_ONCE] for start in range(0, len(datas), _AT_ONCE)]


def _read(datas: Sequence[bytes]) -> list[Cube]:
    summed = _sum(datas)
    bounds = compacted.bounds_of(summed.keys, len(datas)).tolist()
    ids = summed.keys & ID_MASK
    each = zip(bounds, bounds[1:], summed.epochs.tolist(), summed.folded.tolist(), strict=False)
    return [Cube(ids[start:end], summed.counts[start:end], epoch, folded) for start, end, epoch, folded in each]


def _fold(datas: Sequence[bytes]) -> list[bytes]:
    summed = _sum(datas)
    id_parts, count_parts = compacted.encode(summed.keys, summed.counts, len(datas))
    words = np.empty((len(datas), 2), "<u8")
    words[:, 0] = ((summed.epochs + 1) % _EPOCHS) << 8
    words[:, 0] |= _MARK | FORMAT
    words[:, 1] = [len(ids) | len(counts) << 32 for ids, counts in zip(id_parts, count_parts, strict=True)]
    headers = words.tobytes()
    starts = range(0, len(headers), HEADER)
    return [
        headers[start : start + HEADER] + ids + counts
        for start, ids, counts in zip(starts, id_parts, count_parts, strict=True)
    ]


def _sum(datas: Sequence[bytes]) -> _Summed:
    """Take the cubes apart and sum the counts of equal ids; raises as `read` does."""
    lengths = np.fromiter(map(len, datas), np.int64, len(datas))
    words = np.frombuffer(b"".join([data[:HEADER].ljust(HEADER, b"\0") for data in datas]), "<u8").reshape(-1, 2)
    headed = words[:, 0] >= _MARK
    formats = words[headed, 0] & 0xFF
    if (formats != FORMAT).any():
        raise ValueError(f"a cube of unknown format {formats[formats != FORMAT][0]}")
    words = np.where(headed[:, np.newaxis], words, 0)
    ids = headed * HEADER
    middles = ids + (words[:, 1] & 0xFFFFFFFF).astype(np.int64)
    tails = middles + (words[:, 1] >> 32).astype(np.int64)
    cut = (tails > lengths) | ((lengths - tails) % ENTRY != 0)
    if cut.any():
        raise ValueError(f"a cube of {lengths[cut][0]} bytes is cut off")
    places = list(zip(datas, ids.tolist(), middles.tolist(), tails.tolist(), strict=True))
    keys, counts, folded = compacted.decode(
        [data[start:middle] for data, start, middle, _ in places], [data[middle:end] for data, _, middle, end in places]
    )
    added_keys, added = _entries([data[end:] for data, _, _, end in places])
    keys, counts = combine(np.concatenate([keys, added_keys]), np.concatenate([counts, added]))
    return _Summed(keys, counts, (words[:, 0] >> 8 & (_EPOCHS - 1)).astype(np.int64), folded)


def _entries(tails: Sequence[bytes]) -> tuple[_Int64s, _Int64s]:
    entries = np.frombuffer(b"".join(tails), "<u8")
    if entries.max(initial=0) >= _MARK:
        raise ValueError("a cube has a header in its tail")
    numbers = np.fromiter(map(len, tails), np.int64, len(tails)) // ENTRY
    above: _Int64s = np.repeat(np.arange(len(tails)) << ID_BITS, numbers)
    return above | (entries >> COUNT_BITS).astype(np.int64), (entries & MAX_COUNT).astype(np.int64)


def combine(keys: _Int64s, counts: _Int64s) -> tuple[_Int64s, _Int64s]:
    """Sum the counts of equal keys; the keys come back distinct and rising."""
    order = np.argsort(keys, kind="stable")  # it is the one that makes use of runs that rise already
    keys, counts = keys[order], counts[order]
    starts = starts_of_runs(keys)
    return keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts
