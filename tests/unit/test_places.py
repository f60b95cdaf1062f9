"""Where slots are, what is known of it, and which have to move."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.places import Mark, Place, by_address, dump, merge, parse, replaced, spread
from dealstream.domain.rebalance import Move, rebalance

ADDRESSES = st.sampled_from(["a:1", "b:1", "c:1", "d:1", "e:1"])
PLACES = st.builds(Place, st.integers(1, 4), ADDRESSES)
KNOWN = st.dictionaries(st.integers(0, 7), PLACES)
WHOLE = st.lists(PLACES, min_size=1, max_size=40).map(lambda places: dict(enumerate(places)))
SERVERS = st.lists(ADDRESSES, min_size=1, unique=True)


def test_slots_that_nobody_has_placed_are_dealt_out():
    assert spread(3, ["a:1", "b:1"]) == {0: Place(1, "a:1"), 1: Place(1, "b:1"), 2: Place(1, "a:1")}


def test_places_as_an_operator_sees_them():
    assert dump({10: Place(3, "b:1"), 2: Place(1, "a:1")}) == b"2 1 a:1\n10 3 b:1"
    assert Mark(Place(2, "b:1")).dump() == b"moved 2 b:1"
    assert Mark(Place(2, "b:1"), "5f0c").dump() == b"moving 2 b:1 5f0c"


@given(KNOWN)
def test_places_are_read_back(places):
    assert parse(dump(places)) == places
    assert parse(None) == {}


@given(PLACES, st.sampled_from(["", "5f0c"]))
def test_marks_are_read_back(place, token):
    assert Mark.parse(Mark(place, token).dump()) == Mark(place, token)


@pytest.mark.parametrize(
    "text", [b"moved 2 b:1 5f0c", b"moving 2 b:1", b"gone 2 b:1", b"moved b:1", b"", b"moved x b:1"]
)
def test_what_is_no_mark_is_not_taken_for_one(text):
    with pytest.raises(ValueError):  # noqa: PT011 -- some are int's and unpacking's
        Mark.parse(text)


@given(st.lists(KNOWN, max_size=4), st.randoms())
def test_knowledge_is_merged_in_any_order_and_never_grows_older(every, random):
    merged = merge(every)
    shuffled = random.sample(every, len(every))
    assert merge(shuffled) == merge([merged, *shuffled]) == merged
    for places in every:
        assert all(merged[slot] >= place for slot, place in places.items())


@pytest.mark.parametrize(
    ("slots", "servers", "moves"),
    [
        pytest.param(4, ["a", "b"], [], id="nothing to do"),
        pytest.param(6, ["a", "b", "c"], [Move(4, "a", "c"), Move(5, "b", "c")], id="one more server"),
        pytest.param(5, ["b", "a"], [], id="who has the odd one keeps it"),
        pytest.param(4, ["b"], [Move(0, "a", "b"), Move(2, "a", "b")], id="a server less"),
        pytest.param(2, ["c"], [Move(0, "a", "c"), Move(1, "b", "c")], id="another server"),
        pytest.param(1, ["a", "b", "c"], [], id="more servers than slots"),
    ],
)
def test_slots_that_were_dealt_out_to_a_and_b_move(slots, servers, moves):
    assert rebalance(spread(slots, ["a", "b"]), servers) == moves


@given(WHOLE, SERVERS)
def test_after_the_moves_every_server_holds_its_share(places, servers):
    moves = rebalance(places, servers)
    after = dict(places)
    for move in moves:
        assert after[move.slot].address == move.source
        after[move.slot] = Place(after[move.slot].version + 1, move.target)
    sizes = [len(by_address(after).get(server, [])) for server in servers]
    assert sum(sizes) == len(places)
    assert max(sizes) - min(sizes) <= 1
    assert rebalance(after, servers) == []


@given(WHOLE, SERVERS)
def test_no_slot_moves_in_vain(places, servers):
    """A server keeps as many as its share allows; the larger shares are with those that hold most."""
    held = Counter(place.address for place in places.values())
    share, more = divmod(len(places), len(servers))
    largest = sorted((held[server] for server in servers), reverse=True)
    kept = sum(min(size, share + (rank < more)) for rank, size in enumerate(largest))
    assert len(rebalance(places, servers)) == len(places) - kept


@given(WHOLE, ADDRESSES)
def test_a_server_that_is_replaced_gives_all_its_slots_to_the_other(places, old):
    after = merge([places, replaced(places, old, "new:1")])
    assert {slot for slot, place in after.items() if place.address == "new:1"} == set(by_address(places).get(old, []))
    assert old not in by_address(after)
