"""A folder like the project's to run commands in, as a person would: packing a topology writes into its folder."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.layout import CHECKOUT

NEEDED = ("config.json", "java", "project.clj", "src", "topologies", "virtualenvs")
COMMANDS = (Path(sys.executable).parent, CHECKOUT / "cluster" / "bin")
COMMAND_SECONDS = 180.0
INTERRUPT_SECONDS = 20


class CommandError(Exception):
    """A command of the operator has failed; the message holds what it printed."""


def renamed(relevance: Path, name: str) -> str:
    """Return what a relevance.toml says, with another name for the deployment."""
    return re.sub('^name = ".*"', f'name = "{name}"', relevance.read_text(), count=1, flags=re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A command that was started."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.poll()

    @property
    def output(self) -> str:
        """What it has printed so far, errors included."""
        return self.log.read_text(errors="replace")


class Project:
    """A folder that is made of links to what it shares with the checkout, and of files of its own."""

    def __init__(self, folder: Path, links: Mapping[str, Path], files: Mapping[str, str]) -> None:
        """Make it of where in it something is, and what."""
        self.folder = folder
        self._commands = 0
        for name in (*links, *files):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        for name, target in links.items():
            (folder / name).symlink_to(target)
        for name, text in files.items():
            (folder / name).write_text(text)

    @staticmethod
    def of_checkout(folder: Path, name: str, relevance: Path) -> "Project":
        """Make a folder that is the checkout, but for a relevance.toml of this ``name``."""
        links = {needed: CHECKOUT / needed for needed in NEEDED}
        return Project(folder, links, {"relevance.toml": renamed(relevance, name)})

    @property
    def relevance(self) -> Path:
        """What is counted."""
        return self.folder / "relevance.toml"

    @property
    def config(self) -> Path:
        """Its config.json."""
        return self.folder / "config.json"

    def configure(self, config: Mapping[str, Any]) -> None:
        """Give it a config.json of its own."""
        self.config.unlink(missing_ok=True)
        self.config.write_text(json.dumps(config, indent=2))

    def run(self, *command: str, seconds: float = COMMAND_SECONDS) -> str:
        """Return what a command prints.

        Raises:
            CommandError: it failed, or took longer than ``seconds``.

        """
        with self.started(*command) as started:
            try:
                code = started.process.wait(seconds)
            except subprocess.TimeoutExpired:
                raise CommandError(f"`{' '.join(command)}` still runs after {seconds} s:\n{started.output}") from None
            if code:
                raise CommandError(f"`{' '.join(command)}` ended with {code}:\n{started.output}")
            return started.output

    @contextmanager
    def started(self, *command: str) -> Iterator[Command]:
        """Start a command; if it still runs in the end, press Ctrl-C."""
        self._commands += 1
        log = self.folder / f"{self._commands}-{Path(command[0]).name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a terminal signals all that the command started, so `os.killpg`
            )
        try:
            yield Command(process, log)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(INTERRUPT_SECONDS)

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join((*map(str, COMMANDS), os.environ["PATH"]))
        own = {"PATH": path, "DEALSTREAM_CONFIG": "relevance.toml", "PYTHONWARNINGS": "ignore", "LEIN_ROOT": "1"}
        return {**os.environ, **own}
