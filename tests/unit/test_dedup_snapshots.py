"""Snapshots of finished slices are a cache: with any of them, or none, the answers are the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.dedup import Gap, PartitionDedup, Piece, Window

WINDOW = Window(slice_offsets=8, slices=3, error_rate=1e-12)
LOG = [f"id{offset % 11}" if offset % 3 else f"new{offset}" for offset in range(40)]


def part(start: int, end: int) -> tuple[int, np.ndarray, list[str]]:
    return end, np.arange(start, end), LOG[start:end]


def reader_at(end: int) -> tuple[PartitionDedup, dict[int, bytes]]:
    """Return a reader that decided the log up to ``end``, and the snapshots it gave out on the way."""
    dedup, snapshots = PartitionDedup(WINDOW), {}
    dedup.begin(Gap(0, 0, restart=True))
    for start in range(0, end, 5):
        dedup.decide(start, *part(start, min(start + 5, end)))
        snapshots |= dedup.finished()
    return dedup, snapshots


def test_each_slice_is_given_out_once_when_it_is_finished():
    assert sorted(reader_at(7)[1]) == []
    assert sorted(reader_at(8)[1]) == [0]
    assert sorted(reader_at(40)[1]) == [0, 1, 2, 3, 4]
    assert reader_at(40)[0].finished() == {}


def test_a_slice_is_the_same_whoever_reads_it():
    whole = reader_at(40)[1]
    late = PartitionDedup(WINDOW)
    late.begin(Gap(8, 27, restart=True))
    late.read(*part(8, 27))
    assert late.finished() == {number: whole[number] for number in (1, 2)}


@given(available=st.sets(st.integers(0, 4)), first=st.integers(0, 39))
def test_with_any_snapshots_the_answers_are_those_of_who_read_it_all(available, first):
    reference, snapshots = reader_at(first)
    dedup = PartitionDedup(WINDOW)
    gap = dedup.missing(first)
    assert gap is not None
    dedup.begin(gap)
    for piece in WINDOW.pieces(gap):
        if piece.slice in available:
            dedup.install(piece.slice, snapshots[piece.slice])
        else:
            dedup.read(*part(piece.start, piece.end))
    answers = dedup.decide(first, *part(first, 40))
    assert answers.tolist() == reference.decide(first, *part(first, 40)).tolist()


def test_pieces_are_cut_at_slices_and_only_whole_ones_have_a_number():
    assert list(WINDOW.pieces(Gap(8, 27, restart=True))) == [Piece(8, 16, 1), Piece(16, 24, 2), Piece(24, 27, None)]
    assert list(WINDOW.pieces(Gap(3, 17, restart=False))) == [Piece(3, 8, None), Piece(8, 16, 1), Piece(16, 17, None)]
    assert list(WINDOW.pieces(Gap(5, 5, restart=True))) == []


def test_a_snapshot_is_taken_only_where_its_slice_starts_and_only_of_its_own_size():
    dedup, snapshots = PartitionDedup(WINDOW), reader_at(40)[1]
    dedup.begin(Gap(8, 27, restart=True))
    with pytest.raises(ValueError, match="slice 2 starts at 16, not at 8"):
        dedup.install(2, snapshots[2])
    with pytest.raises(ValueError, match="bytes for a filter of"):
        dedup.install(1, snapshots[1][:-1])
