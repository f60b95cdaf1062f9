"""When the stream flows again after a fault, and when faults disturb each other."""

import pytest

from tests.chaos.faults import Action, Fault
from tests.chaos.flow import Blow, Flow


@pytest.fixture
def flow() -> Flow:
    return Flow()


@pytest.fixture
def blow() -> Blow:
    return Blow(Fault(2, Action.KILL, "spout", 0))


@pytest.fixture
def other() -> Blow:
    return Blow(Fault(3, Action.KILL, "dedup", 0))


def see(flow: Flow, now: float, end: int, reached: int) -> None:
    """Let the flow see a log whose two partitions end alike, asked for a moment before."""
    flow.see(now - 0.1, now, {0: end, 1: end}, {0: reached, 1: reached})


def test_it_flows_again_when_both_stores_have_something_newer_of_every_partition(flow, blow):
    flow.begin(blow, 2.0)
    see(flow, 2.5, end=100, reached=90)
    for now, reached in ((3.0, {0: 101, 1: 100}), (4.0, {0: 100, 1: 101}), (5.0, {0: 101})):
        flow.see(now, now, {0: 200, 1: 200}, reached)
        assert not flow.flowing
    flow.see(6.0, 6.0, {0: 200, 1: 200}, {0: 101, 1: 101})
    assert flow.flowing
    assert blow.seconds == 4.0
    assert not blow.disturbed


def test_what_was_sent_before_the_fault_is_no_proof(flow, blow):
    see(flow, 1.5, end=50, reached=50)
    flow.begin(blow, 2.0)
    see(flow, 2.05, end=70, reached=60)  # asked for before the fault
    see(flow, 2.5, end=100, reached=80)
    see(flow, 3.0, end=100, reached=100)
    assert not flow.flowing
    assert blow.seconds is None


def test_faults_that_overlap_disturb_each_other(flow, blow, other):
    flow.begin(blow, 2.0)
    see(flow, 2.5, end=100, reached=50)
    flow.begin(other, 3.0)
    see(flow, 4.0, end=400, reached=200)
    assert (blow.seconds, other.seconds) == (2.0, None)
    see(flow, 6.0, end=500, reached=401)
    assert other.seconds == 3.0
    assert blow.disturbed
    assert other.disturbed


def test_faults_one_after_another_do_not(flow, blow, other):
    flow.begin(blow, 2.0)
    see(flow, 2.5, end=100, reached=50)
    see(flow, 3.0, end=150, reached=101)
    flow.begin(other, 4.0)
    assert not blow.disturbed
    assert not other.disturbed


def test_when_all_there_is_was_counted_it_has_flowed(flow, blow):
    flow.begin(blow, 2.0)
    see(flow, 2.5, end=100, reached=100)
    flow.catch_up(3.0)
    assert flow.flowing
    assert blow.seconds == 1.0


def test_a_blow_is_written_with_what_was_planned_and_what_came(flow, blow):
    flow.begin(blow, 2.25)
    blow.told.append("pid 7")
    written = blow.as_dict()
    assert (written["planned"], written["at"], written["told"], written["flowed_after"]) == (2, 2.25, ["pid 7"], None)
