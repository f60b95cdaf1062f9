"""Cubes: appended, summed, folded; never a count lost, never one wrapped."""

from collections import Counter
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain import cube
from dealstream.domain.cuboid import ID_LIMIT

IDS = st.integers(0, 12) | st.integers(0, 40).map(lambda bits: 2**bits - 2).filter(lambda id_: id_ >= 0)
COUNTS = st.integers(0, 3) | st.integers(0, 2**26) | st.integers(0, 31).map(lambda bits: 2**bits)
BUCKETS = st.lists(st.tuples(IDS | st.integers(0, ID_LIMIT - 1), COUNTS), max_size=30)
# what was appended to a cube before each of its foldings, and after the last
HISTORY = st.lists(BUCKETS, max_size=4)
MAX = cube.MAX_COUNT


def packed(buckets) -> bytes:
    ids, counts = np.array(buckets, np.int64).reshape(-1, 2).T
    return cube.pack(ids, counts)


def total(buckets) -> Counter:
    counter = Counter()
    for id_, count in buckets:
        counter[id_] += count
    return counter


def grown(history) -> bytes:
    """Return a cube to which each list of buckets was appended, with a fold before each but the first."""
    data = b""
    for number, buckets in enumerate(history):
        data = (cube.fold(data) if number else data) + packed(buckets)
    return data


def counted(data: bytes) -> dict[int, int]:
    """Return what a reader sees, having checked that ids are distinct and rise."""
    found = cube.read(data)
    assert (np.diff(found.ids) > 0).all()
    return dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True))


@given(BUCKETS)
def test_a_reader_sums_what_was_packed(buckets):
    assert counted(packed(buckets)) == total(buckets)


@given(HISTORY)
def test_appending_adds_up_and_folding_changes_nothing(history):
    data = grown(history)
    assert counted(data) == counted(cube.fold(data)) == total(chain.from_iterable(history))
    assert cube.read(data).epoch == max(len(history) - 1, 0)


@given(BUCKETS)
def test_folding_again_changes_only_the_epoch(buckets):
    once = cube.fold(packed(buckets))
    twice = cube.fold(once)
    assert (cube.read(once).epoch, cube.read(twice).epoch) == (1, 2)
    assert once[3:] == twice[3:]
    assert cube.read(once).compacted == cube.read(twice).compacted == len(total(buckets))


@given(st.lists(HISTORY, max_size=5))
def test_many_are_read_and_folded_as_one_by_one(histories):
    datas = [grown(history) for history in histories]
    assert cube.fold_all(datas) == [cube.fold(data) for data in datas]
    for many, one in zip(cube.read_all(datas), map(cube.read, datas), strict=True):
        assert (many.ids == one.ids).all()
        assert (many.counts == one.counts).all()
        assert (many.epoch, many.compacted) == (one.epoch, one.compacted)


def test_more_than_are_taken_at_once():
    datas = [packed([(number, 1)]) for number in range(2500)]
    assert [counted(data) for data in cube.fold_all(datas)] == [{number: 1} for number in range(2500)]
    assert [read.ids.tolist() for read in cube.read_all(datas)] == [[number] for number in range(2500)]


def test_the_epoch_starts_over_at_its_end():
    data = cube.fold(b"")
    last = data[:1] + b"\xff\xff" + data[3:]
    assert (cube.read(last).epoch, cube.read(cube.fold(last)).epoch) == (65_535, 0)


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
    ("buckets", "ids", "counts"),
    [
        ([(0, 1)], "00", ""),
        ([(5, 1), (6, 1), (8, 1)], "0a 00 02", ""),
        ([(5, 1), (6, 0), (8, 300)], "0a 01 03", "00 ac 02"),
        ([(63, 1)], "7e", ""),
        ([(64, 1)], "80 01", ""),
        ([(ID_LIMIT - 1, 2**30)], "fd ff ff ff ff 3f", "80 80 80 80 04"),
    ],
)
def test_a_folded_cube_is_as_the_docstrings_draw_it(buckets, ids, counts):
    ids, counts = bytes.fromhex(ids), bytes.fromhex(counts)
    header = bytes([2, 1, 0, *[255] * 5, len(ids), 0, 0, 0, len(counts), 0, 0, 0])
    assert cube.fold(packed(buckets)) == header + ids + counts


def test_sums_of_folded_counts_never_wrap():
    data = b""
    for _ in range(40):
        data = cube.fold(data + packed([(7, 2**30)] * 2))
    assert counted(data) == {7: 40 * 2**31}
    assert len(data) == cube.HEADER + 1 + 6


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 255, False), (0, 256, True), (248, 256, True), (256, 264, False), (256, 504, False), (504, 512, True),
        (1000, 5000, True), (0, 8, False), (120, 128, False),
    ],
)  # fmt: skip
def test_a_cube_is_looked_at_when_its_length_crosses_a_power_of_two(before, after, expected):
    assert cube.crossed(before, after) is expected


@pytest.mark.parametrize(("ids", "tail", "expected"), [(100, 28, False), (100, 29, True), (0, 3, False), (0, 4, True)])
def test_folding_is_worth_it_when_the_tail_is_twice_the_rest(ids, tail, expected):
    data = cube.fold(packed([(id_, 1) for id_ in range(ids)]))
    assert len(data) == cube.HEADER + ids
    assert cube.worth_folding(data + packed([(0, 1)] * tail)) is expected


def test_a_cube_never_folded_is_worth_folding():
    assert cube.worth_folding(packed([(0, 1)]))


@given(st.integers(1, 300), st.lists(st.integers(1, 200), max_size=60))
def test_a_cube_stays_in_proportion_to_its_buckets(buckets, flushes):
    """A flush appends up to 200 entries of up to 300 buckets; whoever crosses a power of two may fold."""
    data, folded, appended = b"", 0, 0
    for number, size in enumerate(flushes):
        entries = packed([((number + step) % buckets, 1) for step in range(size)])
        before, data = len(data), data + entries
        appended += size
        if cube.crossed(before, len(data)) and cube.worth_folding(data):
            folded += cube.read(data).compacted
            data = cube.fold(data)
    room = cube.HEADER + 2 * buckets + 200 * cube.ENTRY
    assert len(data) <= max(2 * cube.FOLD_FROM, 6 * room)
    assert folded <= 4 * appended
    assert sum(counted(data).values()) == sum(flushes)


HEADER = cube.fold(b"")
FOLDED = cube.fold(packed([(5, 1), (6, 300)]))


def header(ids: bytes, counts: bytes) -> bytes:
    return HEADER[:8] + len(ids).to_bytes(4, "little") + len(counts).to_bytes(4, "little") + ids + counts


@given(HISTORY.filter(any), st.data())
def test_cut_anywhere_it_is_refused_or_misses_whole_entries_of_the_tail(history, data):
    whole = grown(history)
    cut = data.draw(st.integers(1, len(whole)))
    bare = len(grown([*history[:-1], []]))
    missing = len(whole) - cut
    if cut >= bare and missing % cube.ENTRY == 0:
        gone = packed(history[-1])[len(whole) - bare - missing :]
        assert Counter(counted(whole[:cut])) + Counter(counted(gone)) == +Counter(counted(whole))
    else:
        with pytest.raises(ValueError, match="cut off"):
            cube.read(whole[:cut])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (packed([(1, 1)])[:-1], "7 bytes is cut off"),
        (HEADER + b"1234", "20 bytes is cut off"),
        (HEADER[:8], "8 bytes is cut off"),
        (b"\x01" + HEADER[1:], "unknown format 1"),
        (FOLDED[:-1], "cut off"),
        (FOLDED[:-1] + b"\x80", "a number is cut off"),
        (header(b"\x00\x80", b"\x01"), "a number is cut off"),
        (header(b"\x00\x01", b""), "another number of counts"),
        (header(b"\x00\x00", b"\x05"), "another number of counts"),
        (header(b"\xff" * 9 + b"\x01", b""), "10 bytes"),
        (header(b"\xfe\xff\xff\xff\xff\x3f", b""), "more than 40 bits"),
        (header(b"\xfc\xff\xff\xff\xff\x3f\x00", b""), "more than 40 bits"),
        (HEADER[:8] + b"\xff" * 8 + b"\x00" * 64, "cut off"),
        (HEADER + HEADER, "a header in its tail"),
    ],
    ids=[
        "half an entry", "half an entry after a header", "half a header", "format 1", "counts too short",
        "a count cut off", "an id cut off", "a count missing", "a count too many", "a number too long",
        "an id too high", "an id rising too high", "lengths too high", "two cubes",
    ],
)  # fmt: skip
def test_damaged_data_is_refused(data, problem):
    for some in ([data], [FOLDED, data, packed([(1, 1)])]):
        with pytest.raises(ValueError, match=problem):
            cube.read_all(some)
        with pytest.raises(ValueError, match=problem):
            cube.fold_all(some)


@given(BUCKETS, BUCKETS)
def test_a_cube_is_a_folded_part_and_a_tail(before, after):
    folded = cube.fold(packed(before))
    tail = packed(after)
    assert cube.parts(folded + tail) == (len(folded), len(tail))
    assert cube.parts(tail) == (0, len(tail))


def test_nothing_counted_is_an_empty_cube():
    assert counted(b"") == counted(HEADER) == {}
    assert cube.read_all([]) == cube.fold_all([]) == []
