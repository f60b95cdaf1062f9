"""Records: what a log gives out, many at a time and as columns, for there is no time to look at each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

# the length of a null value
NULL = -1
_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Records:
    """Records of one partition, their ``offsets`` rising; ``timestamps`` in milliseconds, by producer or broker.

    ``values`` are as Kafka has them, ``lengths`` theirs in bytes (-1 is a null value).
    """

    partition: int
    offsets: _Int64s
    timestamps: _Int64s
    lengths: npt.NDArray[np.int32]
    values: Sequence[bytes | None]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, part: slice) -> "Records":
        """Return a part of them."""
        return Records(self.partition, self.offsets[part], self.timestamps[part], self.lengths[part], self.values[part])

    @staticmethod
    def of(
        partition: int, offsets: Sequence[int], timestamps: Sequence[int], values: Sequence[bytes | None]
    ) -> "Records":
        """Return records given one by one."""
        lengths = np.fromiter((NULL if value is None else len(value) for value in values), np.int32, len(values))
        return Records(partition, np.array(offsets, np.int64), np.array(timestamps, np.int64), lengths, values)

    @staticmethod
    def joined(pieces: Sequence["Records"]) -> "Records":
        """Return the records of several pieces of one partition, of which there is at least one."""
        pieces = [piece for piece in pieces if piece] or pieces[:1]
        if len(pieces) == 1:
            return pieces[0]
        return Records(
            pieces[0].partition,
            np.concatenate([piece.offsets for piece in pieces]),
            np.concatenate([piece.timestamps for piece in pieces]),
            np.concatenate([piece.lengths for piece in pieces]),
            [*chain.from_iterable(piece.values for piece in pieces)],
        )

    def lines(self) -> bytes:
        """Return every value followed by a newline."""
        values = [value or b"" for value in self.values] if (self.lengths == NULL).any() else self.values
        return b"\n".join([*values, b""])  # type: ignore[list-item]  # none is null any more
