"""Tasks that wait for one another, run in parallel as far as that allows."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter


class Skipped(Exception):
    """A task was not tried, because one that it waits for has failed."""


def run(tasks: Mapping[str, Callable[[], None]], after: Mapping[str, Collection[str]]) -> dict[str, Exception]:
    """Run every task once all tasks in `after[task]` have ended well; returns what went wrong, by task.

    Names in `after` that are no task count as done. A failed task does not disturb those that do not wait for it.
    """
    sorter = TopologicalSorter({name: [n for n in after.get(name, ()) if n in tasks] for name in tasks})
    sorter.prepare()
    failed: dict[str, Exception] = {}
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=len(tasks) or 1) as pool:
        while sorter.is_active():
            for name in sorter.get_ready():
                blockers = [n for n in after.get(name, ()) if n in failed]
                running[pool.submit(_skip, blockers) if blockers else pool.submit(tasks[name])] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                if isinstance(error := future.exception(), Exception):
                    failed[name] = error
                sorter.done(name)
    return failed


def reverse(after: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """The same order backwards: for stopping what was started in it."""
    return {name: {other for other, needs in after.items() if name in needs} for name in after}


def _skip(blockers: list[str]) -> None:
    raise Skipped(f"waits for {', '.join(blockers)}")
