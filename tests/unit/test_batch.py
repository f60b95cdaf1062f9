"""Batches survive the wire: what a tuple carries is what Kafka held."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.batch import Batch, of_records, unpack
from dealstream.domain.records import Records

VALUES = st.lists(st.none() | st.binary(max_size=12) | st.sampled_from([b"\n", b"a\nb", b"\n\n", b"{}"]), max_size=20)


@st.composite
def batches(draw):
    """Batches with gaps between the records, before the first and after the last."""
    values = draw(VALUES)
    first = draw(st.integers(0, 2**60))
    steps = draw(st.lists(st.integers(1, 9), min_size=len(values) + 1, max_size=len(values) + 1))
    *offsets, next_ = accumulate(steps, initial=first - 1)
    timestamps = draw(st.lists(st.integers(-1, 2**50), min_size=len(values), max_size=len(values)))
    return of_records(Records.of(draw(st.integers(0, 999)), offsets[1:], timestamps, values), first, next_ + 1)


def plain(batch: Batch) -> tuple:
    """Return a batch as something that can be compared."""
    arrays = (batch.offsets.tolist(), batch.timestamps.tolist(), batch.lengths.tolist())
    return (batch.partition, batch.first, batch.next, *arrays, batch.lines, batch.values)


@given(batches())
def test_unpack_is_the_inverse_of_pack(batch):
    assert plain(unpack(batch.partition, batch.first, batch.next, batch.pack())) == plain(batch)


@given(VALUES)
def test_values_come_back_as_they_were(values):
    assert of_records(Records.of(0, range(len(values)), [0] * len(values), values), 0, len(values)).values == values


def test_a_batch_with_everything_in_it():
    r"""Offsets 11 and 14 are transaction markers, and so is 16, the last of the batch.

    offset   10   12   13     15
    value    a    -    b\n    (empty)     next = 17
    """
    batch = of_records(Records.of(3, [10, 12, 13, 15], [1000, 1000, 999, 5000], [b"a", None, b"b\n", b""]), 10, 17)
    assert len(batch) == 4
    assert batch.lines == b"a\n\nb\n\n\n"
    assert unpack(3, 10, 17, batch.pack()).values == [b"a", None, b"b\n", b""]
    assert unpack(3, 10, 17, batch.pack()).offsets.tolist() == [10, 12, 13, 15]
    assert unpack(3, 10, 17, batch.pack()).timestamps.tolist() == [1000, 1000, 999, 5000]


def test_an_empty_batch_still_says_what_it_covers():
    batch = unpack(0, 5, 9, of_records(Records.of(0, (), (), ()), 5, 9).pack())
    assert (batch.first, batch.next, len(batch), batch.values) == (5, 9, 0, [])


def test_steady_offsets_and_times_cost_less_than_two_bytes_a_record():
    count = 1000
    times = (1_700_000_000_000 + 10 * np.arange(count)).tolist()
    assert len(of_records(Records.of(0, range(count), times, [b"x"] * count), 0, count).pack()) < 2 * count
