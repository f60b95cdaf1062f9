"""Cells: the buckets of a cuboid as columns, and which buckets of coarser cuboids they are in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.domain.cuboid import Cuboid
from dealstream.domain.ranking.backoff import Floats
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.runs import starts_of_runs

_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """One entry a cell: durable codes by dimension, of the cuboid's owner the positions in ``owners``, and counts."""

    cuboid: Cuboid
    owners: Sequence[str]
    codes: Mapping[str, _Int64s]
    impressions: Floats
    conversions: Floats

    @staticmethod
    def of(cuboid: Cuboid, table: Table) -> "Cells":
        """Take the buckets of a cuboid from a table of its owners."""
        owners, numbers, ids, counts = table.buckets(cuboid)
        codes, types = cuboid.split(ids)
        audiences = numbers * (cuboid.width // cuboid.types) + (ids - cuboid.base) // cuboid.types
        starts = starts_of_runs(audiences)
        sizes = np.diff(starts, append=len(audiences))
        cell = np.repeat(np.arange(len(starts)), sizes)
        sums = np.zeros((cuboid.types, len(starts)))
        sums[types, cell] = counts
        columns = zip(cuboid.dimensions, (numbers, *codes), strict=True)
        return Cells(cuboid, owners, {name: column[starts] for name, column in columns}, sums[0], sums[1])


def bucket_numbers(cells: Cuboid, coarser: Cuboid, codes: Mapping[str, npt.NDArray[Any]]) -> _Int64s:
    """Return which bucket of a coarser cuboid each entry of ``codes`` is in, as a number of its own for each.

    All dimensions of it must be among those of ``cells``, and in ``codes``, by the codes that `Cells` has.
    """
    numbers = np.zeros((), np.int64)
    for name, size in zip(cells.dimensions, (1, *cells.sizes), strict=True):
        if name in coarser.dimensions:
            numbers = numbers * size + codes[name]
    return numbers
