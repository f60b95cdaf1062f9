"""Which impression led to which conversion, and what of it is learned."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.window import Columns
from dealstream.evaluation.attribution import NONE, attribute
from dealstream.evaluation.log import EvaluationError, read
from dealstream.evaluation.split import by_chance, by_time
from dealstream.ndjson import Block
from tests.support.events import event
from tests.support.ranking import relevance


def columns_of(events: list[bytes]) -> Columns:
    return read(relevance(), [Block("test", range(1, len(events) + 1), events)], now_ms=10**9).columns


def story(*steps: str) -> Columns:
    """Return events such as ``3 s ann pizza``: at 3, shown to ann; b is bought, c clicked."""
    types = {"s": "shown", "b": "bought", "c": "clicked"}
    parts = [step.split() for step in steps]
    return columns_of(
        [
            event(number, time=int(at), type=types[type_], user=user, deal=deal)
            for number, (at, type_, user, deal) in enumerate(parts)
        ]
    )


@pytest.mark.parametrize(
    ("steps", "led_to"),
    [
        (["1 s ann pizza", "2 b ann pizza"], {0: 1}),
        (["1 s ann pizza", "2 b bob pizza", "3 b ann pasta"], {}),
        (["1 b ann pizza", "2 s ann pizza"], {}),
        (["1 s ann pizza", "11 b ann pizza"], {0: 1}),
        (["1 s ann pizza", "12 b ann pizza"], {}),
        (["1 s ann pizza", "2 s ann pizza", "3 b ann pizza"], {1: 2}),
        (["1 s ann pizza", "2 s ann pizza", "3 b ann pizza", "4 b ann pizza"], {1: 2, 0: 3}),
        (["1 s ann pizza", "2 b ann pizza", "3 b ann pizza"], {0: 1}),
        (["1 s ann pizza", "9 s ann pizza", "10 b ann pizza", "12 b ann pizza"], {1: 2}),
        (["1 s ann pizza", "1 b ann pizza"], {0: 1}),
        (["1 b ann pizza", "1 s ann pizza"], {}),
        (["1 s ann pizza", "2 c ann pizza"], {}),
    ],
)
def test_a_conversion_is_that_of_the_newest_impression_within_the_window(steps, led_to):
    found = attribute(story(*steps), window_ms=10)
    assert {int(place): int(found[place]) for place in np.flatnonzero(found != NONE)} == led_to


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(["shown", "bought", "clicked"]),
        st.sampled_from("ab"),
        st.sampled_from("xy"),
    ),
    max_size=30,
)


@given(EVENTS, st.integers(0, 20))
def test_each_conversion_is_used_once_after_its_impression(log, window):
    found = columns_of([event(n, time=t, type=k, user=u, deal=d) for n, (t, k, u, d) in enumerate(log)])
    led_to = attribute(found, window)
    impressions = np.flatnonzero(led_to != NONE)
    conversions = led_to[impressions]
    assert (found.types[impressions] == 0).all()
    assert (found.types[conversions] == 1).all()
    assert max(Counter(conversions.tolist()).values(), default=1) == 1
    waited = found.times[conversions] - found.times[impressions]
    assert ((waited >= 0) & (waited <= window) & (conversions > impressions)).all()
    assert (found.users[impressions] == found.users[conversions]).all()
    assert (found.codes["deal"][impressions] == found.codes["deal"][conversions]).all()


def test_the_log_is_in_order_of_time_and_has_each_id_once():
    lines = [event(1, time=5), event(2, time=3, deal="x"), b"{}", event(1, time=1, deal="y")]
    found = read(relevance(), [Block("test", range(1, 5), lines)], now_ms=10)
    assert found.columns.times.tolist() == [3, 5]
    assert (found.rejected, found.duplicates) == (1, 1)


def test_what_happens_after_the_split_is_not_known_before():
    """The second impression is converted, but not yet: to learn from, it is one that is not."""
    log = story("1 s ann pizza", "2 b ann pizza", "3 s bob pizza", "4 s cid pizza", "5 b bob pizza", "6 b cid pizza")
    split = by_time(log, attribute(log, 100), 0.67)
    assert split.counted.tolist() == [True, True, True, False, False, False]
    assert (split.train.tolist(), split.train_labels.tolist()) == ([0, 2], [True, False])
    assert (split.test.tolist(), split.test_labels.tolist()) == ([3], [True])


def test_impressions_of_one_moment_are_on_one_side():
    log = story("1 s ann pizza", "2 s ann pizza", "2 s bob pizza", "2 s cid pizza", "3 s dan pizza")
    assert by_time(log, attribute(log, 9), 0.6).train.tolist() == [0]


@given(EVENTS, st.integers(0, 5))
def test_drawn_by_chance_nothing_is_learned_of_what_is_predicted(log, seed):
    found = columns_of([event(n, time=t, type=k, user=u, deal=d) for n, (t, k, u, d) in enumerate(log)])
    led_to = attribute(found, 10)
    try:
        split = by_chance(found, led_to, 0.5, seed)
    except EvaluationError:
        return
    assert sorted([*split.train, *split.test]) == np.flatnonzero(found.types == 0).tolist()
    assert split.counted[split.train].all()
    assert not split.counted[split.test].any()
    shown = {(found.users[place], found.codes["deal"][place]) for place in split.test}
    of_train = set(led_to[split.train].tolist())
    for place in np.flatnonzero(found.types == 1):
        hidden = (found.users[place], found.codes["deal"][place]) in shown and place not in of_train
        assert split.counted[place] != hidden
    assert split.counted[found.types == 2].all()


@pytest.mark.parametrize("steps", [["1 b ann pizza"], ["1 s ann pizza"], ["1 s ann pizza", "1 s bob pizza"]])
def test_too_few_impressions_are_refused(steps):
    log = story(*steps)
    with pytest.raises(EvaluationError, match="impression"):
        by_time(log, attribute(log, 10), 0.5)
