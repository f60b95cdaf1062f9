"""Bucket ids: which cuboid, which codes, which type, in 40 bits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.cuboid import ID_LIMIT, CuboidSpec, Layout
from dealstream.domain.dimension import Open
from tests.support.events import RELEVANCE

NAMES = ("deal", "a", "b", "c")


def opens(**sizes: int) -> dict[str, Open]:
    """Return dimensions with so many codes."""
    return {name: Open(name, name, size - 2) for name, size in sizes.items()}


def specs(*cuboids: list[str]) -> list[CuboidSpec]:
    return [CuboidSpec(tuple(names)) for names in cuboids]


@st.composite
def layouts(draw):
    """Draw a few cuboids over four dimensions of a few codes each."""
    dimensions = opens(**{name: draw(st.integers(3, 9)) for name in NAMES})
    cuboid = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
    return Layout.of(specs(*draw(st.lists(cuboid, min_size=1, max_size=6))), dimensions, draw(st.integers(2, 5)))


@given(layouts(), st.data())
def test_split_is_the_inverse_of_ids(layout, data):
    cuboid = data.draw(st.sampled_from(layout.cuboids))
    events = data.draw(
        st.lists(st.tuples(*(st.integers(0, size - 1) for size in (*cuboid.sizes, cuboid.types))), max_size=9)
    )
    *codes, types = np.array(events, np.int32).reshape(len(events), len(cuboid.sizes) + 1).T
    ids = cuboid.ids(codes, types.astype(np.int8))
    assert cuboid.holds(ids).all()
    split_codes, split_types = cuboid.split(ids)
    assert [code.tolist() for code in split_codes] == [code.tolist() for code in codes]
    assert split_types.tolist() == types.tolist()


@given(layouts())
def test_the_cuboids_of_an_owner_share_its_ids_without_gap_or_overlap(layout):
    for owner in layout.owners:
        cuboids = layout.of_owner(owner)
        assert cuboids[0].base == 0
        for cuboid, following in pairwise(cuboids):
            assert following.base == cuboid.base + cuboid.width
            edge = np.array([following.base - 1, following.base])
            assert cuboid.holds(edge).tolist() == [True, False]
            assert following.holds(edge).tolist() == [False, True]


def test_ids_are_the_digits_of_a_mixed_radix_number():
    """Check the second cuboid of an owner, three codes of ``a``, four of ``b``, two types.

    ids 0 1           (deal)
        2 3 .. 24 25  (deal, a, b): 2 + ((code_a * 4) + code_b) * 2 + type
    """
    layout = Layout.of(specs(["deal"], ["deal", "a", "b"]), opens(deal=99, a=3, b=4), types=2)
    codes = [np.array([0, 0, 0, 2], np.int32), np.array([0, 0, 1, 3], np.int32)]
    assert layout.cuboids[1].ids(codes, np.array([0, 1, 0, 1], np.int8)).tolist() == [2, 3, 4, 25]
    assert layout.cuboids[1].width == 24


@pytest.mark.parametrize(("size", "fits"), [(2**39 - 1, True), (2**39, False), (2**62, False)])
def test_more_than_40_bits_are_refused(size, fits):
    dimensions = opens(deal=99, a=size)
    if fits:
        cuboid = Layout.of(specs(["deal", "a"]), dimensions, types=2).cuboids[0]
        highest = cuboid.ids([np.array([size - 1])], np.array([1], np.int8))
        assert highest[0] == cuboid.width - 1 < ID_LIMIT
    else:
        with pytest.raises(ValueError, match="over the 40 bits of an id, reached at deal x a; give open dimensions a"):
            Layout.of(specs(["deal", "a"]), dimensions, types=2)


def test_an_owner_counts_its_own_ids_only():
    half = opens(deal=99, a=2**38, b=99)
    Layout.of(specs(["deal", "a"], ["b", "a"]), half, types=2)
    with pytest.raises(ValueError, match="'deal' need ids up to"):
        Layout.of(specs(["deal", "a"], ["deal", "a", "b"]), half, types=2)


def test_a_cuboid_is_found_by_its_dimensions_in_any_order():
    assert RELEVANCE.layout.find(["price", "deal", "city"]).name == "deal,city,price"
    with pytest.raises(KeyError, match="gender is not counted; there are deal; deal,gender; deal,city,price; city"):
        RELEVANCE.layout.find(["gender"])


def test_owners_come_in_the_order_of_the_configuration():
    assert RELEVANCE.layout.owners == ("deal", "city", "gender")
    assert [cuboid.name for cuboid in RELEVANCE.layout.of_owner("deal")] == ["deal", "deal,gender", "deal,city,price"]
