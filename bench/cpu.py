"""CPU time of processes that come and go."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from cluster.process import Process


class CpuMeter:
    """The CPU seconds of a changing set of processes; of one that has ended, those of the last look at it."""

    def __init__(self, find: Callable[[], Iterable[int]]) -> None:
        """Let ``find`` return the pids that belong to it now."""
        self._find = find
        self._seconds: dict[Process, float] = {}

    def seconds(self) -> float:
        """Look, and return the seconds of user and system time that all processes seen so far have taken."""
        for process in filter(None, map(Process.of, self._find())):
            # one that ends just now has taken 0
            self._seconds[process] = max(self._seconds.get(process, 0.0), process.processor_seconds())
        return sum(self._seconds.values())


def of_session(leader: int) -> list[int]:
    """Return the pids of the session that a process leads: what it started, and what that started."""
    found = []
    for pid in (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()):
        with suppress(ProcessLookupError):
            if os.getsid(pid) == leader:
                found.append(pid)
    return found
