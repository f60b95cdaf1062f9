"""What a user just did changes what comes next."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.affinity import Adjustments, adjust, nothing
from dealstream.domain.ranking.history import HistoryReader
from tests.support.counting import Codes
from tests.support.events import HOUR_MS, event
from tests.support.ranking import candidates_of, relevance

DAY_MS = 24 * HOUR_MS
NOW = 100 * DAY_MS


def adjusted(did: list[bytes], deals: list[bytes], now_ms: int = NOW, **ranking: object) -> Adjustments:
    deployment = relevance(**ranking)
    history = HistoryReader(deployment).read(did)
    return adjust(deployment.ranking, history, candidates_of(deployment, deals, Codes()), now_ms)


def in_city(city: str | None, deal: str = "d1", **fields: object) -> bytes:
    return event(f"{city}-{deal}", city=city, deal=deal, **fields)


CITIES = [in_city("Bonn"), in_city("Berlin"), in_city(None)]
BY_CITY = {"affinity": {"dimensions": ["city"], "half_life": "1d", "strength": 3.0}, "bought": {"effect": "ignore"}}


def test_a_click_raises_what_is_alike():
    found = adjusted([in_city("Bonn", type="clicked", time=NOW)], CITIES, **BY_CITY)
    assert found.affinity.tolist() == [1.5, 0.0, 0.0]


def test_it_is_worth_half_after_a_half_life():
    found = adjusted([in_city("Bonn", type="clicked", time=NOW - DAY_MS)], CITIES, **BY_CITY)
    assert found.affinity.tolist() == pytest.approx([3 * 0.5 / 1.5, 0.0, 0.0])


def test_an_impression_is_worth_nothing_unless_it_is_said():
    shown = [in_city("Bonn", time=NOW)]
    assert not adjusted(shown, CITIES, **BY_CITY).affinity.any()
    ranking = {**BY_CITY, "affinity": {**BY_CITY["affinity"], "weights": {"shown": -1.0}}}
    assert adjusted(shown, CITIES, **ranking).affinity.tolist() == [-1.5, 0.0, 0.0]


def test_nobody_is_alike_in_what_is_unknown():
    assert not adjusted([in_city(None, type="clicked", time=NOW)], CITIES, **BY_CITY).affinity.any()


def test_dimensions_are_averaged():
    ranking = {**BY_CITY, "affinity": {**BY_CITY["affinity"], "dimensions": ["city", "deal"]}}
    found = adjusted([in_city("Bonn", "d2", type="clicked", time=NOW)], [*CITIES, in_city("Bonn", "d2")], **ranking)
    assert found.affinity.tolist() == [0.75, 0.0, 0.0, 1.5]


def test_an_event_ahead_of_the_clock_counts_as_now():
    found = adjusted([in_city("Bonn", type="clicked", time=NOW + DAY_MS)], CITIES, **BY_CITY)
    assert found.affinity[0] == 1.5


@pytest.mark.parametrize(
    ("effect", "days_ago", "penalty", "suppressed"),
    [
        ("ignore", 1, 0.0, False),
        ("penalise", 1, -4.0, False),
        ("penalise", 10, 0.0, False),
        ("suppress", 1, 0.0, True),
        ("suppress", 10, 0.0, False),
    ],
)
def test_what_was_bought_lately_sinks_or_goes(effect, days_ago, penalty, suppressed):
    bought = in_city("Bonn", type="bought", time=NOW - days_ago * DAY_MS)
    ranking = {"bought": {"effect": effect, "within": "10d", "penalty": 4}, "affinity": {"strength": 0}}
    found = adjusted([bought], [in_city("Berlin", "d1"), in_city("Bonn", "d2")], **ranking)
    assert found.penalty.tolist() == [penalty, 0.0]
    assert found.suppressed.tolist() == [suppressed, False]
    assert found.total.tolist() == [penalty, 0.0]


def test_a_click_is_no_purchase():
    ranking = {"bought": {"effect": "suppress"}}
    assert not adjusted([in_city("Bonn", type="clicked", time=NOW)], CITIES, **ranking).suppressed.any()


def test_who_did_nothing_is_judged_by_counts_alone():
    found = adjusted([], CITIES)
    for part in ("affinity", "penalty", "suppressed"):
        assert np.array_equal(getattr(found, part), getattr(nothing(3), part))


def test_what_is_no_event_any_more_is_left_out():
    did = [b'{"id": 1}', in_city("Bonn", type="clicked", time=NOW), in_city("Bonn", type="gone", time=NOW)]
    assert adjusted(did, CITIES, **BY_CITY).affinity[0] == 1.5


EVENTS = st.builds(
    in_city,
    st.sampled_from(["Bonn", "Berlin", None]),
    st.sampled_from(["d1", "d2"]),
    type=st.sampled_from(["shown", "bought", "clicked"]),
    time=st.integers(NOW - 40 * DAY_MS, NOW),
)


@given(st.lists(EVENTS, max_size=30))
def test_affinity_is_bounded_and_has_no_order(did):
    found = adjusted(did, CITIES, **BY_CITY)
    assert ((found.affinity >= 0) & (found.affinity < 3)).all()
    assert found.affinity == pytest.approx(adjusted(did[::-1], CITIES, **BY_CITY).affinity)


@given(st.lists(EVENTS, max_size=10))
def test_another_click_never_lowers(did):
    click = in_city("Bonn", type="clicked", time=NOW)
    before, after = adjusted(did, CITIES, **BY_CITY), adjusted([*did, click], CITIES, **BY_CITY)
    assert after.affinity[0] > before.affinity[0]
    assert after.affinity[1:].tolist() == before.affinity[1:].tolist()
