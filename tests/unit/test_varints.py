"""Varints: read as they were written, as short as promised, and refused if damaged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain import varints

NUMBERS = (
    st.integers(0, 127) | st.integers(0, 2**14) | st.integers(0, 63).flatmap(lambda bits: st.just((1 << bits) - 1))
)


def encoded(*lists: list[int]) -> list[bytes]:
    values = np.array([value for values in lists for value in values], np.int64)
    return varints.encode(values, np.array([len(values) for values in lists], np.int64))


def by_hand(value: int) -> bytes:
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


@given(st.lists(st.lists(NUMBERS, max_size=10), max_size=6))
def test_many_strings_are_written_as_one_by_hand_and_read_back(lists):
    strings = encoded(*lists)
    assert strings == [b"".join(map(by_hand, values)) for values in lists]
    values, numbers = varints.decode(strings)
    assert values.tolist() == [value for values in lists for value in values]
    assert numbers.tolist() == [len(values) for values in lists]


@pytest.mark.parametrize(
    ("value", "size"),
    [(0, 1), (127, 1), (128, 2), (2**14 - 1, 2), (2**14, 3), (2**41 - 1, 6), (2**56, 9), (2**63 - 1, 9)],
)
def test_a_number_takes_a_byte_for_each_seven_bits(value, size):
    assert [len(string) for string in encoded([value])] == [size]


@given(st.lists(NUMBERS, min_size=1, max_size=10), st.data())
def test_cut_inside_a_number_is_refused_and_between_two_is_shorter(values, data):
    (whole,) = encoded(values)
    short = whole[: data.draw(st.integers(0, len(whole)))]
    if short and short[-1] > 0x7F:
        with pytest.raises(ValueError, match="cut off"):
            varints.decode([short, whole])
    else:
        found, numbers = varints.decode([short, whole])
        assert found.tolist() == values[: numbers[0]] + values


def test_more_than_63_bits_are_refused():
    with pytest.raises(ValueError, match="10 bytes"):
        varints.decode([b"\xff" * 9 + b"\x01"])
