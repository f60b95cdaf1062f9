"""Programs that must be on the machine: found, or installed with apt where that needs no password."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cluster.java import java


class ToolError(Exception):
    """A program is missing and cannot be installed from here. The message says how to do it by hand."""


@dataclass(frozen=True)
class Tool:
    """A program, how to see that it is there, and Debian's package for it."""

    name: str
    package: str
    found: Callable[[], bool]


def _on_path(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _java_is_17() -> bool:
    if shutil.which(java()) is None:
        return False
    told = subprocess.run([java(), "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return version is not None and int(version[1]) >= 17


_JDK = "openjdk-17-jdk-headless"
RUN = (Tool("java 17", _JDK, _java_is_17), Tool("redis-server", "redis-server", _on_path("redis-server")))
"""What it takes to start the cluster."""
FETCH = (Tool("mvn", "maven", _on_path("mvn")), Tool("javac", _JDK, _on_path("javac")))
"""What it takes to fetch an engine."""
BROWSE = (Tool("chromium", "chromium", _on_path("chromium")),)
"""What it takes to test the dashboard."""
LOAD = (Tool("hey", "hey", _on_path("hey")),)
"""What it takes to load the HTTP service."""


def require(tools: Iterable[Tool], progress: Callable[[str], None]) -> None:
    """Return when every tool is there; install what is missing if we may, else a ToolError."""
    missing = [tool for tool in tools if not tool.found()]
    if not missing:
        return
    packages = sorted({tool.package for tool in missing})
    sudo = _privilege()
    if sudo is None:
        raise ToolError(_by_hand(missing, packages))
    progress(f"installing {', '.join(packages)}")
    quiet = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]  # RUNLEVEL: install, but start no service
    subprocess.run([*quiet, "apt-get", "update", "-q"], capture_output=True, check=False)
    done = subprocess.run([*quiet, "apt-get", "install", "-y", "-q", *packages], capture_output=True, check=False)
    if done.returncode or not all(tool.found() for tool in missing):
        raise ToolError(_by_hand(missing, packages))


def _privilege() -> list[str] | None:
    """Return what to put before a command to run it as root without a password; None if there is no way."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _by_hand(missing: list[Tool], packages: list[str]) -> str:
    names = ", ".join(tool.name for tool in missing)
    return f"missing: {names}. Install it by: sudo apt-get install {' '.join(packages)}"
