"""Cubes: appended, summed, folded; never a count lost, never one wrapped."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain import cube
from dealstream.domain.cuboid import ID_LIMIT

BUCKETS = st.lists(st.tuples(st.integers(0, 12) | st.integers(0, ID_LIMIT - 1), st.integers(0, 2**26)), max_size=30)
MAX = cube.MAX_COUNT


def packed(buckets) -> bytes:
    ids, counts = np.array(buckets, np.int64).reshape(-1, 2).T
    return cube.pack(ids, counts)


def total(buckets) -> Counter:
    counter = Counter()
    for id_, count in buckets:
        counter[id_] += count
    return counter


def counted(data: bytes) -> dict[int, int]:
    """Return what a reader sees, having checked that ids are distinct and rise."""
    found = cube.read(data)
    assert (np.diff(found.ids) > 0).all()
    return dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True))


@given(BUCKETS)
def test_a_reader_sums_what_was_packed(buckets):
    assert counted(packed(buckets)) == total(buckets)


@given(BUCKETS, BUCKETS)
def test_appending_adds_up_and_folding_changes_nothing(before, after):
    for data in (packed(before) + packed(after), cube.fold(packed(before)) + packed(after)):
        assert counted(data) == total(before + after)
        assert counted(cube.fold(data)) == total(before + after)


@given(BUCKETS)
def test_folding_again_changes_only_the_epoch(buckets):
    once = cube.fold(packed(buckets))
    twice = cube.fold(once)
    assert (cube.read(once).epoch, cube.read(twice).epoch) == (1, 2)
    assert once[cube.HEADER :] == twice[cube.HEADER :]
    assert cube.read(once).compacted * cube.ENTRY == len(once) - cube.HEADER


@pytest.mark.parametrize(
    ("counts", "entries"),
    [([MAX], 1), ([MAX + 1], 2), ([2 * MAX], 2), ([2 * MAX + 1], 3), ([1, MAX + 1, 1], 4), ([MAX + 1, 0], 3)],
)
def test_a_count_over_24_bits_takes_several_entries(counts, entries):
    data = packed(list(enumerate(counts)))
    assert len(data) == entries * cube.ENTRY
    assert counted(data) == dict(enumerate(counts))


def test_an_entry_is_as_the_docstring_draws_it():
    assert packed([(0x0102030405, 0x060708)]) == bytes([8, 7, 6, 5, 4, 3, 2, 1])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 511, False), (0, 512, True), (504, 512, True), (512, 520, False), (512, 1016, False), (1016, 1024, True),
        (1000, 5000, True), (0, 8, False), (248, 256, False),
    ],
)  # fmt: skip
def test_a_cube_is_looked_at_when_its_length_crosses_a_power_of_two(before, after, expected):
    assert cube.crossed(before, after) is expected


@pytest.mark.parametrize(("compacted", "tail", "expected"), [(100, 50, False), (100, 51, True), (0, 1, True)])
def test_folding_is_worth_it_when_the_tail_is_half_the_rest(compacted, tail, expected):
    data = cube.fold(packed([(id_, 1) for id_ in range(compacted)]))
    assert cube.worth_folding(data + packed([(0, 1)] * tail)) is expected


@given(st.integers(1, 300), st.lists(st.integers(1, 200), max_size=60))
def test_a_cube_stays_in_proportion_to_its_buckets(buckets, flushes):
    """A flush appends up to 200 entries of up to 300 buckets; whoever crosses a power of two may fold."""
    data, folded_bytes, appended_bytes = b"", 0, 0
    for number, size in enumerate(flushes):
        entries = packed([((number + step) % buckets, 1) for step in range(size)])
        before, data = len(data), data + entries
        appended_bytes += len(entries)
        if cube.crossed(before, len(data)) and cube.worth_folding(data):
            folded_bytes += len(data)
            data = cube.fold(data)
    room = cube.HEADER + cube.ENTRY * (buckets + 200)
    assert len(data) <= max(2 * cube.FOLD_FROM, 4 * room)
    assert folded_bytes <= 8 * appended_bytes
    assert sum(counted(data).values()) == sum(flushes)


HEADER = cube.fold(b"")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (packed([(1, 1)])[:-1], "cut off inside an entry"),
        (HEADER + b"1234", "cut off inside an entry"),
        (HEADER[:8], "unknown format"),
        (b"\x02" + HEADER[1:], "unknown format 2"),
        (HEADER[:8] + (99).to_bytes(8, "little") + packed([(1, 1)]), "1 entries is cut off: 99 entries"),
    ],
    ids=["half an entry", "half an entry after a header", "half a header", "format 2", "compacted part cut off"],
)
def test_damaged_data_is_refused(data, problem):
    with pytest.raises(ValueError, match=problem):
        cube.read(data)


@given(BUCKETS, BUCKETS)
def test_a_cube_is_a_folded_part_and_a_tail(before, after):
    folded = cube.fold(packed(before))
    tail = packed(after)
    assert cube.parts(folded + tail) == (len(folded), len(tail))
    assert cube.parts(tail) == (0, len(tail))


def test_nothing_counted_is_an_empty_cube():
    assert counted(b"") == counted(HEADER) == {}
