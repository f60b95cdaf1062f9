"""Tasks run in the order they need, at the same time where they can, and a failure stops only what waits for it."""

import signal
from threading import Barrier, Event, main_thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.graph import SkippedError, reverse, run


def _fail(_):
    raise ValueError("no")


@given(st.lists(st.sets(st.integers(0, 7)), max_size=8))
def test_every_task_runs_once_after_all_that_it_needs(edges):
    after = {str(number): {str(n) for n in needs if n < number} for number, needs in enumerate(edges)}
    ran: list[str] = []
    assert run({name: lambda _, name=name: ran.append(name) for name in after}, after) == {}
    assert sorted(ran) == sorted(after)
    assert all(ran.index(need) < ran.index(name) for name, needs in after.items() for need in needs)


def test_independent_tasks_run_at_the_same_time():
    both = Barrier(2, timeout=5)
    assert run({"a": lambda _: both.wait(), "b": lambda _: both.wait()}, {}) == {}


def test_a_failure_stops_only_what_waits_for_it():
    ran: list[str] = []
    tasks = {"a": _fail, "b": lambda _: ran.append("b"), "c": lambda _: ran.append("c"), "d": lambda _: ran.append("d")}
    failed = run(tasks, {"b": ["a"], "c": ["b"]})
    assert ran == ["d"]
    assert [type(failed[name]) for name in "abc"] == [ValueError, SkippedError, SkippedError]
    assert str(failed["b"]) == "waits for a"


def test_what_is_no_task_counts_as_done():
    assert run({"a": lambda _: None}, {"a": ["long since there"]}) == {}


@pytest.fixture
def _interruptible():
    """Take interrupts, which a shell's background job begins with ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_reaches_the_tasks():
    reached = Event()

    def task(interrupted: Event) -> None:
        signal.pthread_kill(main_thread().ident, signal.SIGINT)
        if interrupted.wait(5):
            reached.set()

    with pytest.raises(KeyboardInterrupt):
        run({"a": task}, {})
    assert reached.wait(5)


def test_the_reverse_order():
    assert reverse({"a": [], "b": ["a"], "c": ["a", "b"]}) == {"a": {"b", "c"}, "b": {"c"}, "c": set()}
