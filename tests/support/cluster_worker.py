"""A topology's worker on this machine: what it logs, and its Python components as processes."""

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import CLUSTER_HOME

ARTIFACTS = CLUSTER_HOME / "supervisor" / "log" / "workers"
_START = re.compile(r"starting at (\{.*?\}); committed (\{.*?\})")
Offsets = Mapping[int, int | None]


@dataclass(frozen=True)
class Start:
    """What the spout said when it started, by partition."""

    position: Offsets
    committed: Offsets


def log(topology: str) -> str:
    """Return all that the workers of a topology, by its id, have logged."""
    return "".join(path.read_text(errors="replace") for path in sorted(ARTIFACTS.glob(f"{topology}/*/worker.log")))


def tail(topology: str, lines: int = 30) -> str:
    """Return the end of the log, for a failed test."""
    return "\n".join(log(topology).splitlines()[-lines:]) or f"no worker of {topology} ever started; is a slot free?"


def starts(topology: str) -> list[Start]:
    """Return every start of the spout."""
    return [Start(ast.literal_eval(at), ast.literal_eval(committed)) for at, committed in _START.findall(log(topology))]


def component(topology: str, name: str) -> int | None:
    """Return the pid of a component, such as ``DedupBolt``: a child of the topology's own worker, nobody else's."""
    for path in ARTIFACTS.glob(f"{topology}/*/worker.pid"):
        worker = path.read_text().strip()
        if topology in _command(worker):
            return next((int(child) for child in _children(worker) if _command(child).endswith(f".{name}")), None)
    return None


def _children(pid: str) -> list[str]:
    threads = Path("/proc", pid, "task")
    try:
        return [child for thread in os.listdir(threads) for child in (threads / thread / "children").read_text().split()]
    except FileNotFoundError:
        return []  # it has just ended


def _command(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""
