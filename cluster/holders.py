"""Who listens on a port of this machine."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.process import Process

_LISTEN = "0A"
_OURS = {"0100007F", "00000000", "0" * 32, "0" * 24 + "01000000", "0000000000000000FFFF00000100007F"}
"""Addresses, as /proc writes them, that stand in the way of 127.0.0.1: itself and every wildcard or mapped form."""


@dataclass(frozen=True)
class Holder:
    """A listener. `process` is None when it belongs to another user and cannot be seen."""

    port: int
    process: Process | None

    def describe(self) -> str:
        """Tell pid and command, as far as they can be seen, on one short line."""
        if self.process is None:
            return "a process of another user"
        command = " ".join(" ".join(self.process.command()).split())
        return f"pid {self.process.pid} ({command[:100]})"


def holders(ports: Iterable[int]) -> dict[int, Holder]:
    """Return the listener of each of these ports that has one."""
    wanted = set(ports)
    sockets = {inode: port for port, inode in _listening() if port in wanted}
    found = {port: Holder(port, None) for port in sockets.values()}
    if sockets:
        found.update((sockets[inode], Holder(sockets[inode], p)) for p, inode in _open_sockets() if inode in sockets)
    return found


def _listening() -> Iterator[tuple[int, str]]:
    """Port and socket inode of every listener that a server on 127.0.0.1 would collide with."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == _LISTEN and address in _OURS:
                yield int(port, 16), fields[9]


def _open_sockets() -> Iterator[tuple[Process, str]]:
    """Every socket inode that a visible process holds."""
    for folder in Path("/proc").glob("[0-9]*/fd"):
        process = Process.of(int(folder.parent.name))
        for target in _links(folder):
            if process and target.startswith("socket:["):
                yield process, target[len("socket:[") : -1]


def _links(folder: Path) -> Iterator[str]:
    """Read the links in a folder; none for a process that has ended or is not ours to see."""
    with suppress(OSError):
        for name in os.listdir(folder):
            with suppress(FileNotFoundError):  # closed meanwhile
                yield os.readlink(folder / name)
