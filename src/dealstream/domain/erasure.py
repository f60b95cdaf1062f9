"""Erasure of users: tombstones that outlive what was erased, because a log can be replayed and Storm does.

A tombstone holds the end of every partition at the moment of erasure. It covers a user's events below those ends, and
no others: which ones is a function of the log, whatever the clocks and the times in the events say, so a
replay decides the same. What the user does after that is on the log at or after the ends, and is kept again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dealstream.domain.batch import Batch
from dealstream.domain.rows import Cells, RowMapper, row_key
from dealstream.domain.verdicts import kept

# what a sink has collected: a batch, and the letter of each of its records
Judged = tuple[Batch, bytes]


@dataclass(frozen=True)
class Tombstone:
    """A user's events below ``ends``, by partition, are erased."""

    user: str
    ends: Mapping[int, int]


class Erased:
    """All tombstones that a process knows, by row."""

    def __init__(self) -> None:
        self._ends: dict[bytes, dict[int, int]] = {}

    def add(self, tombstones: Iterable[Tombstone]) -> None:
        """Take in tombstones; of several of one user the furthest holds."""
        for tombstone in tombstones:
            ends = self._ends.setdefault(row_key(tombstone.user), {})
            for partition, end in tombstone.ends.items():
                ends[partition] = max(end, ends.get(partition, 0))

    def covers(self, row: bytes, partition: int, offset: int) -> bool:
        """Tell whether the event at this offset, of the user of this row, is erased."""
        ends = self._ends.get(row)
        return ends is not None and offset < ends.get(partition, 0)

    def cells(self, rows: Cells, mapper: RowMapper, collected: Iterable[Judged]) -> dict[bytes, set[bytes]]:
        """Return the erased columns of ``rows``, which the batches of ``collected`` were mapped to."""
        if not self._ends.keys() & rows.keys():
            return {}
        found: dict[bytes, set[bytes]] = {}
        for batch, verdicts in collected:
            offsets = batch.offsets[kept(verdicts)].tolist()
            for (row, column, _), offset in zip(mapper.cells(batch, verdicts), offsets, strict=True):
                if row in self._ends:
                    change = set.add if self.covers(row, batch.partition, offset) else set.discard
                    change(found.setdefault(row, set()), column)
        return {row: columns for row, columns in found.items() if columns}
