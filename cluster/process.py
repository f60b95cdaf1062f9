"""Processes that cannot be mistaken for one another, though the kernel uses pids again."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_PAGE = os.sysconf("SC_PAGE_SIZE")
_FIELDS = 22
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """One process: its pid, the clock tick at which it started, and the boot that tick counts from.

    The three together never come again, so a `Process` read back from a file is either that very process or gone.
    """

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Return the process that has this pid now; None if there is none, or only a zombie."""
        fields = _stat(pid)
        return None if fields is None or _ended(fields) else cls(pid, int(fields[19]), _boot_id())

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Return the process that `save` wrote there, alive or not; None without a readable file."""
        try:
            pid, started, boot = path.read_text().split()
            return cls(int(pid), int(started), boot)
        except (OSError, ValueError):
            return None

    def save(self, path: Path) -> None:
        """Write this identity; a reader never sees half of it."""
        fresh = path.with_suffix(".new")
        fresh.write_text(f"{self.pid} {self.started} {self.boot}\n")
        fresh.replace(path)

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return Process.of(self.pid) == self

    def kill(self, number: signal.Signals = signal.SIGTERM) -> bool:
        """Send a signal to this very process; False if it is gone. A new process with its pid is never hit."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.alive():  # checked while the handle pins the process: the pid cannot pass on in between
                return False
            signal.pidfd_send_signal(handle, number)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)

    def wait_gone(self, seconds: float) -> bool:
        """Wait until the process is gone; False if it still runs after that time."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def end(self, patience: float) -> None:
        """Send SIGTERM, and SIGKILL if it has not gone after `patience` seconds; return when it is gone."""
        if self.kill(signal.SIGTERM) and not self.wait_gone(patience):
            self.kill(signal.SIGKILL)
            self.wait_gone(patience)

    def command(self) -> list[str]:
        """Return its command line; empty if it is gone or not ours to see."""
        try:
            return [os.fsdecode(part) for part in Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")[:-1]]
        except OSError:
            return []

    def folder(self) -> Path | None:
        """Return its working folder; None if it is gone or not ours to see."""
        try:
            return Path(os.readlink(f"/proc/{self.pid}/cwd"))
        except OSError:
            return None

    def memory(self) -> int:
        """Return its resident bytes; 0 if it is gone."""
        fields = _stat(self.pid)
        return 0 if fields is None else int(fields[21]) * _PAGE

    def processor_seconds(self, *, children: bool = False) -> float:
        """Return how long it has computed, in seconds of one core; 0 if it is gone.

        With ``children``, those that it has started are counted in as soon as they have ended.
        """
        fields = _stat(self.pid) or ["0"] * _FIELDS
        return sum(map(int, fields[11 : 15 if children else 13])) * _TICK


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on.

    0 is the state, 11 and 12 the processor ticks, 13 and 14 those of children that have ended, 17 the threads, 19 the
    start tick, 21 the pages.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()  # the name in parentheses may hold anything


def _ended(fields: list[str]) -> bool:
    """Tell a zombie from a process whose first thread has ended before others: that still holds its ports."""
    return fields[0] in "ZX" and int(fields[17]) <= 1


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
