"""Coded batches: what the counter is sent says the same as the events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.coded import unpack
from dealstream.domain.coder import Coder
from dealstream.domain.dimension import Closed, text
from dealstream.domain.event import EventDecoder
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.verdicts import kept, verdicts
from tests.support.events import RELEVANCE, batch, event

PLAIN = st.one_of(st.none(), st.sampled_from(["", "x", "y", "unknown", "ü"]), st.integers(-2, 2), st.booleans())
PLAIN |= st.sampled_from([1.0, 0.5, -0.0])
EVENTS = st.builds(
    event, st.integers(0, 9), city=PLAIN, gender=st.sampled_from(["f", "m", None]), time=st.integers(0, 2**53)
)
BATCHES = st.lists(EVENTS | st.sampled_from([None, b"?"]), max_size=20)


def judged(values, duplicate):
    """Return a batch, its letters, and the columns of the kept events, as dedup has them."""
    arrived, coder = batch(values, first=7), Coder(RELEVANCE, whole=True)
    found = EventDecoder(RELEVANCE, coder.fields).judge(arrived)
    duplicates = (found.rows % 3 == 2) & duplicate
    return arrived, coder, verdicts(len(arrived), found.rows, duplicates), found.columns_without(duplicates)


@given(BATCHES, st.booleans())
def test_codes_say_what_the_events_say(values, duplicate):
    arrived, coder, letters, columns = judged(values, duplicate)
    coded = coder.code(arrived, letters, columns)
    fields = KeptDecoder(RELEVANCE, coder.fields).columns(arrived, letters, kept(letters))
    assert [RELEVANCE.types.names[code] for code in coded.types] == [*fields["type"]]
    assert [coded.user_names[number] for number in coded.users] == [text(user) for user in fields["user"]]
    assert coded.times.tolist() == [*fields["time"]]
    for name, dimension in RELEVANCE.dimensions.items():
        if not isinstance(dimension, Closed):
            labels = [coded.labels[name][code] for code in coded.codes[name]]
            assert labels == [text(value) for value in fields[dimension.field]]


@given(BATCHES, st.booleans())
def test_a_payload_holds_all_of_it(values, duplicate):
    arrived, coder, letters, columns = judged(values, duplicate)
    coded = coder.code(arrived, letters, columns)
    again = unpack(coded.partition, coded.first, coded.next, coded.pack())
    assert (again.verdicts, again.labels, again.user_names) == (letters, coded.labels, coded.user_names)
    for name in ("offsets", "types", "times", "users"):
        before, after = getattr(coded, name), getattr(again, name)
        assert (before.dtype, before.tolist()) == (after.dtype, after.tolist())
    for name, codes in coded.codes.items():
        assert (codes.dtype, codes.tolist()) == (again.codes[name].dtype, again.codes[name].tolist())


@pytest.mark.parametrize("labels", [255, 256, 257, 65_537])
def test_there_may_be_many_labels(labels):
    coder = Coder(RELEVANCE, whole=True)
    arrived = batch([event(number, city=f"c{number}") for number in range(labels)])
    columns = KeptDecoder(RELEVANCE, coder.fields).columns(arrived, b"K" * labels, kept(b"K" * labels))
    coded = coder.code(arrived, b"K" * labels, columns)
    again = unpack(0, 0, labels, coded.pack())
    assert again.labels["city"][again.codes["city"][-1]] == f"c{labels - 1}"
    assert again.codes["city"].tolist() == list(range(labels))
