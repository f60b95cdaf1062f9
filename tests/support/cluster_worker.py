"""A topology's worker on this machine: what it logs, and its Python components as processes."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import CLUSTER_HOME

ARTIFACTS = CLUSTER_HOME / "supervisor" / "log" / "workers"
# `... {0: 12, 1: 7} ... committed ... {0: 12, 1: 7}`
_START = re.compile(r"event_spout .*(\{\d[^}]*\}).*committed.*(\{\d[^}]*\})")
_ENDED = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True)
class Start:
    """What the spout said when it started: offsets by partition."""

    position: Mapping[int, int]
    committed: Mapping[int, int | None]


def log(topology: str) -> str:
    """Return all that the workers of a topology, by its id, have logged."""
    return "".join(path.read_text(errors="replace") for path in sorted(ARTIFACTS.glob(f"{topology}/*/worker.log")))


def tail(topology: str, lines: int = 40) -> str:
    """Return the end of the log, for a failed test."""
    return "\n".join(log(topology).splitlines()[-lines:]) or "no worker ever started; has the supervisor a free slot?"


def starts(topology: str) -> list[Start]:
    """Return every start of the spout."""
    return [Start(ast.literal_eval(at), ast.literal_eval(committed)) for at, committed in _START.findall(log(topology))]


def worker(topology: str) -> int | None:
    """Return the pid of a topology's worker; None if none runs."""
    pids = (int(path.read_text()) for path in ARTIFACTS.glob(f"{topology}/*/worker.pid"))
    return next((pid for pid in pids if topology in _command(pid)), None)


def component(topology: str, name: str) -> int | None:
    """Return the pid of a component, such as ``DedupBolt``: a child of the topology's own worker, nobody else's."""
    parent = worker(topology)
    children = [] if parent is None else _children(parent)
    return next((child for child in children if _command(child).endswith(f".{name}")), None)


def _children(pid: int) -> list[int]:
    try:
        lists = [(thread / "children").read_text() for thread in Path(f"/proc/{pid}/task").iterdir()]
    except _ENDED:
        return []
    return [int(child) for children in lists for child in children.split()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
    except _ENDED:
        return ""
