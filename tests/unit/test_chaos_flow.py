"""When the stream flows again after a fault, and when faults disturb each other."""

import pytest

from tests.chaos.faults import Action, Fault
from tests.chaos.flow import Blow, Flow


@pytest.fixture
def flow() -> Flow:
    """Return a flow whose log ends at 100 and 50."""
    flow = Flow()
    flow.see(1.0, {0: 100, 1: 50}, {0: 90, 1: 45})
    return flow


@pytest.fixture
def blow() -> Blow:
    return Blow(Fault(2, Action.KILL, "spout", 0))


def test_it_flows_again_when_both_stores_have_something_newer_of_every_partition(flow, blow):
    flow.begin(blow, 2.0)
    for now, reached in ((3.0, {0: 101, 1: 50}), (4.0, {0: 100, 1: 51})):
        flow.see(now, {0: 200, 1: 150}, reached)
        assert not flow.flowing
    flow.see(5.0, {0: 200, 1: 150}, {0: 101, 1: 51})
    assert flow.flowing
    assert blow.seconds == 3.0
    assert not blow.disturbed


def test_what_was_sent_before_the_fault_is_no_proof(flow, blow):
    flow.begin(blow, 2.0)
    flow.see(2.5, {0: 100, 1: 50}, {0: 100, 1: 50})
    assert blow.seconds is None


def test_faults_that_overlap_disturb_each_other(flow, blow):
    other = Blow(Fault(3, Action.KILL, "dedup", 0))
    flow.begin(blow, 2.0)
    flow.see(2.5, {0: 300, 1: 300}, {0: 100, 1: 50})
    flow.begin(other, 3.0)
    flow.see(4.0, {0: 400, 1: 400}, {0: 200, 1: 200})
    assert (blow.seconds, other.seconds) == (2.0, None)
    flow.see(6.0, {0: 400, 1: 400}, {0: 301, 1: 301})
    assert other.seconds == 3.0
    assert blow.disturbed
    assert other.disturbed


def test_faults_one_after_another_do_not(flow, blow):
    other = Blow(Fault(3, Action.KILL, "dedup", 0))
    flow.begin(blow, 2.0)
    flow.see(3.0, {0: 400, 1: 400}, {0: 200, 1: 200})
    flow.begin(other, 4.0)
    assert not blow.disturbed
    assert not other.disturbed


def test_a_blow_is_written_with_what_was_planned_and_what_came(flow, blow):
    flow.begin(blow, 2.25)
    blow.told.append("pid 7")
    written = blow.as_dict()
    assert (written["planned"], written["at"], written["told"], written["flowed_after"]) == (2, 2.25, ["pid 7"], None)
