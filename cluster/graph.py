"""Tasks that wait for one another, run in parallel as far as that allows."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from threading import Event

Task = Callable[[Event], None]
"""Given an event that is set when the user interrupts us: a long task looks at it and ends early."""


class SkippedError(Exception):
    """A task was not tried, because one that it waits for has failed."""


def run(tasks: Mapping[str, Task], after: Mapping[str, Collection[str]]) -> dict[str, Exception]:
    """Run every task once all tasks in `after[task]` have ended well; return what went wrong, by task.

    Names in `after` that are no task count as done. A failed task does not disturb those that do not wait for it.
    """
    interrupted = Event()
    with ThreadPoolExecutor(max_workers=len(tasks) or 1) as pool:  # its end waits for every task that runs
        try:
            return _run(tasks, after, lambda task: pool.submit(task, interrupted))
        except KeyboardInterrupt:
            interrupted.set()
            raise


def reverse(after: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Turn the order around: for stopping what was started in it."""
    return {name: {other for other, needs in after.items() if name in needs} for name in after}


def _run(
    tasks: Mapping[str, Task], after: Mapping[str, Collection[str]], submit: Callable[[Task], Future[None]]
) -> dict[str, Exception]:
    before = {name: [other for other in after.get(name, ()) if other in tasks] for name in tasks}
    sorter = TopologicalSorter(before)
    sorter.prepare()
    failed: dict[str, Exception] = {}
    running: dict[Future[None], str] = {}
    while sorter.is_active():
        for name in sorter.get_ready():
            blockers = [other for other in before[name] if other in failed]
            running[submit(_skipping(blockers) if blockers else tasks[name])] = name
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            name = running.pop(future)
            if isinstance(error := future.exception(), Exception):
                failed[name] = error
            sorter.done(name)
    return failed


def _skipping(blockers: list[str]) -> Task:
    def skip(_: Event) -> None:
        raise SkippedError(f"waits for {', '.join(blockers)}")

    return skip
