"""The chaos run's schedule: reproducible, every kind in its share, and nothing too early or too close."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.faults import RECIPES, Action, Recipe
from tests.chaos.schedule import OLDEST, WARM_UP, TooManyFaultsError, schedule

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_a_seed_is_a_schedule(seed):
    assert schedule(seed, 30, 300) == schedule(seed, 30, 300)


def test_another_seed_is_another_one():
    assert schedule(1, 30, 300) != schedule(2, 30, 300)


@given(SEEDS, st.integers(0, 100))
def test_there_are_as_many_faults_as_wanted_one_after_another_within_the_time(seed, count):
    faults = schedule(seed, count, 900)
    assert len(faults) == count
    assert all(WARM_UP <= fault.at <= 900 for fault in faults)
    for fault, following in itertools.pairwise(faults):
        lasts = 0 if fault.action is Action.SET_BACK else fault.seconds
        assert following.at > fault.at + lasts


@given(SEEDS)
def test_every_kind_has_its_share(seed):
    total = sum(recipe.share for recipe in RECIPES)
    found = Counter((fault.action, fault.target) for fault in schedule(seed, 200, 2400))
    for recipe in RECIPES:
        exact = 200 * recipe.share / total
        assert int(exact) <= found[recipe.action, recipe.target] <= int(exact) + 1


@given(SEEDS, st.sampled_from([(20, 180), (100, 900)]))
def test_no_server_is_set_back_before_there_are_old_dumps(seed, size):
    faults = schedule(seed, *size)
    set_backs = [(index, fault) for index, fault in enumerate(faults) if fault.action is Action.SET_BACK]
    assert all(index >= len(faults) // 3 for index, _ in set_backs)
    assert all(fault.seconds <= OLDEST * fault.at + 0.01 for _, fault in set_backs)


@given(SEEDS)
def test_a_long_run_sets_a_server_back_by_minutes(seed):
    set_backs = [fault for fault in schedule(seed, 100, 1500) if fault.action is Action.SET_BACK]
    longest = max(recipe.longest for recipe in RECIPES if recipe.action is Action.SET_BACK)
    assert set_backs[-1].seconds == pytest.approx(min(longest, OLDEST * set_backs[-1].at), abs=0.01)


@given(SEEDS)
def test_one_goes_far_back_in_the_middle_too_as_memory_is_compared_between_there_and_the_end(seed):
    faults = schedule(seed, 100, 900)
    middle = faults[50]
    assert middle.action is Action.SET_BACK
    assert 0.4 * 900 <= middle.at <= 0.6 * 900
    assert middle.seconds == pytest.approx(OLDEST * middle.at, abs=0.01)


@given(SEEDS)
def test_the_seconds_of_a_fault_are_those_of_its_kind(seed):
    recipes = {(recipe.action, recipe.target): recipe for recipe in RECIPES}
    for fault in schedule(seed, 60, 900):
        recipe = recipes[fault.action, fault.target]
        shortest = 0 if fault.action is Action.SET_BACK else recipe.shortest
        assert shortest - 0.01 <= fault.seconds <= recipe.longest + 0.01


def test_too_many_faults_are_refused_with_the_time_they_take():
    with pytest.raises(TooManyFaultsError, match=r"1000 faults take \d+ s at least, not 60"):
        schedule(1, 1000, 60)


def test_few_faults_are_spread_over_the_whole_time():
    kill = Recipe(Action.KILL, "spout", share=1, quiet=10)
    times = [fault.at for fault in schedule(1, 4, 15 + 400, [kill])]
    assert times == pytest.approx([15, 115, 215, 315], abs=20)
