"""CPU time of processes that come and go, from /proc."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# fields of /proc/PID/stat from the state on
_SESSION, _USER, _SYSTEM, _STARTED = 3, 11, 12, 19


class CpuMeter:
    """The CPU seconds of a changing set of processes; of one that has ended, those of the last look at it."""

    def __init__(self, find: Callable[[], Iterable[int]]) -> None:
        """Let ``find`` return the pids that belong to it now."""
        self._find = find
        self._seconds: dict[tuple[int, str], float] = {}

    def seconds(self) -> float:
        """Look, and return the seconds of user and system time that all processes seen so far have taken."""
        for pid in self._find():
            if fields := _stat(pid):
                self._seconds[pid, fields[_STARTED]] = (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS
        return sum(self._seconds.values())


def of_session(leader: int) -> list[int]:
    """Return the pids of the session that a process leads: what it started, and what that started."""
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[_SESSION]) == leader]


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()
