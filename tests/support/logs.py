"""Logs with gaps, and the ways to cut them into batches again and again."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from hypothesis import strategies as st

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.records import Records

# one partition: (offset, value), offsets rising
Entries = Sequence[tuple[int, bytes]]


def entries(values: st.SearchStrategy[bytes], max_size: int = 40) -> st.SearchStrategy[Entries]:
    """Draw logs of such values; after one record in three offsets are missing."""
    record = st.tuples(st.sampled_from([1, 1, 1, 1, 2, 3]), values)
    return st.lists(record, max_size=max_size).map(
        lambda drawn: list(
            zip((end - 1 for end in accumulate(step for step, _ in drawn)), (value for _, value in drawn), strict=True)
        )
    )


def end_of(log: Entries) -> int:
    """Return the offset after the last one."""
    return log[-1][0] + 1 if log else 0


def piece(log: Entries, first: int, next_: int, partition: int = 0) -> Batch:
    """Return the batch ``[first, next_)`` of a log."""
    found = [(offset, value) for offset, value in log if first <= offset < next_]
    records = Records.of(partition, [offset for offset, _ in found], [0] * len(found), [value for _, value in found])
    return of_records(records, first, next_)


@st.composite
def cuts(draw: st.DrawFn, end: int) -> list[tuple[int, int]]:
    """Draw the boundaries of contiguous batches over ``[0, end)``."""
    inner = draw(st.sets(st.integers(1, end - 1))) if end > 1 else set()
    return list(pairwise([0, *sorted(inner), end])) if end else []
