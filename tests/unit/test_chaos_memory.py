"""Whether memory is flat: an early and a late part of a run."""

import pytest

from tests.chaos.memory import Memory


def samples(sizes):
    """Return a memory with a sample a second of one component over 100 seconds."""
    memory = Memory()
    for second in range(101):
        memory.add(second, [("dedup", sizes(second))])
    return memory


def test_what_is_flat_has_not_grown():
    (growth,) = samples(lambda second: 70).growth(100)
    assert (growth.name, growth.first, growth.last, growth.percent, growth.most) == ("dedup", 70, 70, 0, 70)


def test_growth_is_that_of_the_late_part_over_the_early_one():
    (growth,) = samples(lambda second: 100 if second <= 60 else 150).growth(100)
    assert growth.percent == pytest.approx(50)


def test_neither_the_start_nor_a_peak_counts():
    (growth,) = samples(lambda second: {50: 900, 90: 900}.get(second, 10 if second < 20 else 100)).growth(100)
    assert growth.percent == 0
    assert growth.most == 900


def test_it_is_what_processes_grow_to_that_counts():
    """They are killed every ten seconds, and each is full-grown for the last two of them."""
    (growth,) = samples(lambda second: 100 if second % 10 > 7 else 50 + second % 10).growth(100)
    assert (growth.first, growth.last) == (100, 100)


def test_processes_that_have_ended_are_no_samples():
    memory = samples(lambda second: 100)
    memory.add(90, [("dedup", 0)])
    assert memory.growth(100)[0].last == 100


def test_what_was_not_there_early_is_left_out():
    memory = samples(lambda second: 100)
    memory.add(90, [("replica", 5)])
    assert [growth.name for growth in memory.growth(100)] == ["dedup"]
