"""Fan-out: from the columns of a flush window to the deltas of every owner's cube.

For each owner dimension: per cuboid combine codes to bucket ids, put the owner's number above them, sort all of them
together and count equal ones (the combiner). No loop runs over events x cuboids.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dealstream.domain import cube
from dealstream.domain.cuboid import ID_BITS
from dealstream.domain.dimension import UNKNOWN, Open
from dealstream.domain.relevance import Relevance
from dealstream.domain.window import Columns

# gives the durable codes of an open dimension's labels
CodesOf = Callable[[str, Sequence[str]], npt.NDArray[np.int32]]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Delta:
    """What a flush adds to one owner's cube: packed entries."""

    dimension: str
    owner: str
    entries: bytes


def durable_codes(relevance: Relevance, columns: Columns, codes_of: CodesOf) -> dict[str, npt.NDArray[np.int32]]:
    """Return the codes that go into bucket ids, by dimension: those of every dimension that is not only an owner."""
    inner = {name for cuboid in relevance.layout.cuboids for name in cuboid.dimensions[1:]}
    codes = {}
    for name in inner:
        dimension = relevance.dimensions[name]
        if isinstance(dimension, Open):
            codes[name] = _open_codes(dimension, columns.labels[name], codes_of)[columns.codes[name]]
        else:
            codes[name] = columns.codes[name]
    return codes


def fan_out(
    relevance: Relevance, columns: Columns, codes: Mapping[str, npt.NDArray[np.int32]], fresh: _Mask | None = None
) -> Iterator[Delta]:
    """Yield the deltas of the events of ``columns``; only of those in the mask ``fresh`` if it is given.

    ``codes`` are the `durable_codes`.
    """
    if fresh is not None:
        codes = {name: column[fresh] for name, column in codes.items()}
    types = columns.types if fresh is None else columns.types[fresh]
    for dimension in relevance.layout.owners:
        owners = columns.codes[dimension] if fresh is None else columns.codes[dimension][fresh]
        above = owners.astype(np.int64) << ID_BITS
        keys = np.concatenate(
            [
                above | cuboid.ids([codes[name] for name in cuboid.dimensions[1:]], types)
                for cuboid in relevance.layout.of_owner(dimension)
            ]
        )
        yield from _deltas(dimension, columns.labels[dimension], keys)


def _open_codes(dimension: Open, labels: Sequence[str], codes_of: CodesOf) -> npt.NDArray[np.int32]:
    """Return the code of each label: 0 of unknown, which takes no room in the vocabulary."""
    codes = np.zeros(len(labels), np.int32)
    named = [position for position, label in enumerate(labels) if label != UNKNOWN]
    if named:
        codes[named] = dimension.clip(codes_of(dimension.name, [labels[position] for position in named]))
    return codes


def _deltas(dimension: str, labels: Sequence[str], keys: npt.NDArray[np.int64]) -> Iterator[Delta]:
    keys.sort()
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(starts, append=len(keys))
    distinct = keys[starts]
    entries = cube.pack(distinct & ((1 << ID_BITS) - 1), counts)
    owners = distinct >> ID_BITS
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    bounds = (np.append(firsts, len(owners)) * cube.ENTRY).tolist()
    for owner, (start, end) in zip(owners[firsts].tolist(), pairwise(bounds), strict=True):
        yield Delta(dimension, labels[owner], entries[start:end])
