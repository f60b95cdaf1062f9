"""A copy of the project's folder to run commands in, as a person would: packing a topology writes into its folder."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import CHECKOUT
from tests.support.redis_servers import Servers

NEEDED = ("config.json", "project.clj", "src", "topologies", "virtualenvs")
COMMANDS = (Path(sys.executable).parent, CHECKOUT / "cluster" / "bin")
INTERRUPT_SECONDS = 20


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
    """The project, by symbolic links, with a relevance.toml of its own."""

    def __init__(self, folder: Path, relevance: str) -> None:
        self.folder = folder
        for needed in NEEDED:
            (folder / needed).symlink_to(CHECKOUT / needed)
        self.relevance = folder / "relevance.toml"
        self.relevance.write_text(relevance)
        self._commands = 0

    def configure_redis(self, servers: Servers) -> None:
        """Give it a config.json of its own, in which the environment ``dev`` has these Redis servers."""
        config = json.loads((CHECKOUT / "config.json").read_text())
        config["envs"]["dev"]["options"] |= servers.options
        (self.folder / "config.json").unlink()
        (self.folder / "config.json").write_text(json.dumps(config))

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
