"""Duplicates are a function of the log: however it comes, goes missing and comes again, the answers are the same.

The window of these tests is three slices of eight offsets:

    offset   0       8       16      24      32
             |-------|-------|-------|-------|
    at 27:           [xxxxxxxxxxxxxxxxxxx)            what came before 8 is forgotten
"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.dedup import Gap, PartitionDedup, Window
from tests.support.logs import Entries, cuts, end_of, entries, piece

WINDOW = Window(slice_offsets=8, slices=3, error_rate=1e-12)
LOGS = entries(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"]), max_size=60)


def truth(log: Entries) -> dict[int, bool]:
    """Tell of each offset whether its id occurred before it within the window."""
    return {
        offset: any(id_ == earlier and at >= WINDOW.start(offset) for at, earlier in log[:row])
        for row, (offset, id_) in enumerate(log)
    }


class Reader:
    """Uses a `PartitionDedup` as the bolt does, over a log; notes how much of it had to be read."""

    def __init__(self, log: Entries) -> None:
        self.log = log
        self.dedup = PartitionDedup(WINDOW)
        self.read_offsets = 0

    def decide(self, first: int, next_: int, read_at_once: int = 5) -> dict[int, bool]:
        """Return the answers of a batch by offset."""
        if (gap := self.dedup.missing(first)) is not None:
            self.dedup.begin(gap)
            for start in range(gap.start, gap.end, read_at_once):
                self.dedup.read(*self._part(start, min(start + read_at_once, gap.end)))
            self.read_offsets += gap.end - gap.start
        next_, offsets, ids = self._part(first, next_)
        found = self.dedup.decide(first, next_, offsets, ids)
        return dict(zip(offsets.tolist(), found.tolist(), strict=True))

    def _part(self, start: int, end: int) -> tuple[int, np.ndarray, list[str]]:
        part = piece(self.log, start, end)
        return end, part.offsets, [value.decode() for value in part.values]


def answers(log: Entries, batches: Sequence[tuple[int, int]]) -> dict[int, bool]:
    """Return the answers of one bolt to batches that come one after another."""
    reader, found = Reader(log), {}
    for batch in batches:
        for offset, answer in reader.decide(*batch).items():
            assert found.setdefault(offset, answer) == answer, "a replay got another answer"
    return found


@given(LOGS, st.data())
def test_batches_in_order_however_they_are_cut(log, data):
    assert answers(log, data.draw(cuts(end_of(log)))) == truth(log)


@given(LOGS, st.data())
def test_anything_at_any_time(log, data):
    """Batches are lost, come again, overlap, and come in any order; the bolt dies now and then."""
    expected, reader = truth(log), Reader(log)
    offset = st.integers(0, end_of(log))
    for first, next_, dies in data.draw(st.lists(st.tuples(offset, offset, st.booleans()), max_size=25)):
        if dies:
            reader = Reader(log)
        if first < next_:
            found = reader.decide(first, next_, read_at_once=data.draw(st.integers(1, 9)))
            assert found == {offset: expected[offset] for offset in found}


@given(LOGS, st.data())
def test_a_stream_with_replays_and_losses_as_storm_makes_them(log, data):
    """Most batches follow one another; each may be lost, or come again up to six batches later."""
    batches = data.draw(cuts(end_of(log)))
    stream = []
    for number, batch in enumerate(batches):
        stream += [] if data.draw(st.booleans()) else [batch]
        stream.append(batches[max(0, number - data.draw(st.integers(0, 6)))])
    found = answers(log, stream)
    assert found == {offset: truth(log)[offset] for offset in found}


def test_a_steady_stream_reads_nothing():
    log = [(offset, b"x") for offset in range(40)]
    reader = Reader(log)
    for first in range(0, 40, 4):
        reader.decide(first, first + 4)
        reader.decide(max(0, first - 4), first + 4)
    assert reader.read_offsets == 0


@pytest.mark.parametrize(
    ("decided", "first", "gap"),
    [
        ((), 0, Gap(0, 0, restart=True)),
        ((), 27, Gap(8, 27, restart=True)),
        (((0, 5),), 5, None),
        (((0, 5),), 3, None),
        (((0, 5),), 9, Gap(5, 9, restart=False)),
        (((0, 5),), 23, Gap(5, 23, restart=False)),
        (((0, 5),), 24, Gap(8, 24, restart=True)),
        (((27, 30),), 26, Gap(8, 26, restart=True)),
        (((27, 30),), 27, None),
    ],
    ids=[
        "new, at the start", "new, later", "follows", "replay", "lost a tuple", "just within the window",
        "beyond the window", "before its warm-up", "replay after a warm-up",
    ],
)  # fmt: skip
def test_what_is_missing(decided, first, gap):
    reader = Reader([])
    for batch in decided:
        reader.decide(*batch)
    assert reader.dedup.missing(first) == gap


@pytest.mark.parametrize(("offset", "start"), [(0, 0), (23, 0), (24, 8), (31, 8), (32, 16), (8 * 100, 8 * 98)])
def test_the_window_starts_at_a_slice(offset, start):
    assert WINDOW.start(offset) == start


def test_a_batch_larger_than_what_is_remembered_is_still_answered():
    """One batch spans five slices, as when the log was compacted or slices are set small."""
    log = [(offset, b"odd" if offset % 2 else b"even") for offset in range(40)]
    assert answers(log, [(0, 3), (3, 40), (3, 40)]) == truth(log)


def test_an_id_seen_only_as_a_duplicate_still_counts_as_seen():
    """The window of 30, from 8 on, holds only the ``x`` at 15, a duplicate; that of 60, from 40 on, holds none."""
    log = [(0, b"x"), (15, b"x"), (30, b"x"), (60, b"x")]
    assert answers(log, [(0, 61)]) == {0: False, 15: True, 30: True, 60: False}


def test_what_was_not_read_is_not_decided():
    dedup, nothing = PartitionDedup(WINDOW), (np.zeros(0, np.int64), [])
    assert dedup.position is None
    with pytest.raises(LookupError, match="begin with a gap"):
        dedup.read(8, *nothing)
    with pytest.raises(LookupError, match=r"read Gap\(start=0, end=8, restart=True\) first"):
        dedup.decide(8, 9, *nothing)


def test_what_is_remembered_does_not_grow():
    reader = Reader([])
    for first in range(0, 8000, 4):
        reader.decide(first, first + 4)
    assert len(reader.dedup._seen) <= 2 * WINDOW.slice_offsets
    assert len(reader.dedup._slices) <= WINDOW.slices
