"""What is said of a topology that was watched: which component holds it up."""

import pytest

from dealstream.domain.bottleneck import COUNTER, DEDUP, SPOUT, WRITER, Advice, Load, Watched, advise

# 100 batches of 1,000 events a second; a sink's window is 50 batches, so 25 are with it on average
NORMAL = {SPOUT: 1.5, DEDUP: 0.01, WRITER: 0.25, COUNTER: 0.25}
WINDOW = 50_000


def watched(seconds=NORMAL, failed=0.0, tasks=1, **changed) -> Watched:
    """Return a topology whose spout has 150 batches in flight, as many as it may, and is far behind."""
    loads = [
        Load(name, tasks, 100.0, failed if name == WRITER else 0.0, took)
        for name, took in {**NORMAL, **seconds}.items()
    ]
    return Watched(
        loads,
        **{
            "events_per_s": 100_000.0,
            "behind": 10_000_000,
            "partitions": 4,
            "pending": 150,
            "flush_events": {WRITER: WINDOW, COUNTER: WINDOW},
            **changed,
        },
    )


@pytest.mark.parametrize("name", [DEDUP, WRITER, COUNTER])
def test_the_bolt_at_which_batches_pile_up_holds_it_up(name):
    advice = advise(watched({name: 1.2}))
    assert advice.bottleneck == name
    assert advice.why.startswith("120 batches wait with each task; ")
    assert f"parallelism.{name} = 2, if there is a core for it" in advice.settings


def test_a_spout_that_may_have_more_in_flight_holds_it_up_itself():
    advice = advise(watched({SPOUT: 0.5}))
    assert (advice.bottleneck, advice.why) == (SPOUT, "only 50 of 150 batches are in flight")
    assert advice.settings[0] == "parallelism.event_spout = 2, if there is a core for it"


def test_a_spout_and_a_dedup_can_have_no_more_tasks_than_partitions():
    for seconds, name in (({SPOUT: 0.5}, SPOUT), ({DEDUP: 1.2}, DEDUP)):
        advice = advise(watched(seconds, partitions=1))
        assert advice.settings[0] == f"more partitions than 1: {name} has a task for each already"


def test_too_few_batches_in_flight_for_the_windows_of_a_sink_are_told_first():
    """Storm holds the spout back before the window is full: the bolt waits for its time to flush."""
    advice = advise(watched({COUNTER: 0.6, SPOUT: 0.6}, pending=60))
    assert (advice.bottleneck, advice.settings) == (COUNTER, ["topology.max.spout.pending = 150: 3 flush windows"])


def test_a_larger_window_is_what_helps_the_counter_first():
    first, *_ = advise(watched({COUNTER: 1.2})).settings
    assert first.startswith("dealstream.counter.flush.events = 100000: ")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"behind": 90_000}, "it keeps up: what is behind was on its way"),
        ({"events_per_s": 0.0, "behind": 0}, "no event came through: there is nothing to see"),
        ({"events_per_s": 0.0}, "it stands"),
    ],
)
def test_there_is_nothing_to_set(changed, why):
    assert advise(watched(**changed)) == Advice(None, why)


def test_failing_batches_come_before_all_else():
    advice = advise(watched({COUNTER: 1.2}, failed=0.1))
    assert advice.bottleneck is None
    assert advice.why.startswith("batches fail (hbase_writer): ")
