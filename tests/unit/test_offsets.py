"""In-flight batches against a model: acks and fails in any order, commits in the log's order."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dealstream.domain.offsets import MAX_RETRY_MS, RETRY_MS, InFlight


class InFlightModel(RuleBasedStateMachine):
    """The model is a list of batches, each with its bounds, whether it was acked, and when it is due again."""

    @initialize(start=st.integers(0, 100))
    def begin(self, start):
        self.start = self.end = start
        self.flight = InFlight[str](start)
        self.batches: list[dict] = []
        self.now = 0

    @rule(size=st.integers(1, 5))
    def emit(self, size):
        batch = {"first": self.end, "next": self.end + size, "acked": False, "due": None, "failures": 0}
        self.flight.emitted(batch["first"], batch["next"], f"message of {batch['first']}")
        self.batches.append(batch)
        self.end += size

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def ack(self, data):
        batch = data.draw(st.sampled_from(self.batches))
        self.flight.acked(batch["first"])
        batch.update(acked=True, due=None)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def fail(self, data):
        batch = data.draw(st.sampled_from(self.batches))
        self.flight.failed(batch["first"], self.now)
        if not batch["acked"]:
            batch["due"] = self.now + min(RETRY_MS * 2 ** batch["failures"], MAX_RETRY_MS)
            batch["failures"] += 1

    @rule(offset=st.integers(0, 500))
    def hear_of_a_stranger(self, offset):
        if offset not in {batch["first"] for batch in self.batches}:
            self.flight.acked(offset)
            self.flight.failed(offset, 0)

    @rule(passed=st.sampled_from([0, RETRY_MS - 1, RETRY_MS, MAX_RETRY_MS]))
    def take_what_is_due(self, passed):
        self.now += passed
        due = [batch for batch in self.batches if batch["due"] is not None and batch["due"] <= self.now]
        expected = {(batch["first"], f"message of {batch['first']}") for batch in due}
        taken = self.flight.due(self.now)
        assert len(taken) == len(expected)
        assert set(taken) == expected
        for batch in due:
            batch["due"] = None

    @invariant()
    def what_is_committable_is_acked_without_a_gap(self):
        open_ = [batch for batch in self.batches if not batch["acked"]]
        assert self.flight.committable == (open_[0]["first"] if open_ else self.end)
        assert self.flight.position == self.end
        assert len(self.flight) == len(open_)


test_in_flight = InFlightModel.TestCase


def test_commits_wait_for_the_first_batch():
    """Three batches, acked from the last to the first.

    [0-------5)[5----8)[8-----12)
                       acked          committable 0
               acked                  committable 0
    acked                             committable 12
    """
    flight = InFlight[None](0)
    for first, next_ in ((0, 5), (5, 8), (8, 12)):
        flight.emitted(first, next_, None)
    found = []
    for first in (8, 5, 0):
        flight.acked(first)
        found.append(flight.committable)
    assert found == [0, 0, 12]


def test_a_batch_that_fails_again_and_again_waits_longer_each_time():
    flight = InFlight[None](0)
    flight.emitted(0, 5, None)
    waits = []
    for _ in range(6):
        flight.failed(0, 100)
        waits.append(next(wait for wait in range(0, 20_000, 500) if flight.due(100 + wait)))
    assert waits == [1000, 2000, 4000, 8000, 8000, 8000]


@pytest.mark.parametrize(("first", "next_"), [(4, 9), (6, 9), (5, 5), (5, 4)])
def test_a_batch_that_does_not_follow_is_refused(first, next_):
    flight = InFlight[None](5)
    with pytest.raises(ValueError, match="does not follow 5"):
        flight.emitted(first, next_, None)
    assert (flight.position, len(flight)) == (5, 0)
