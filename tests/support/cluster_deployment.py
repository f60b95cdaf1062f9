"""A deployment on the real cluster, used as a person would use it: by commands, in the project's folder."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cluster.layout import CHECKOUT
from dealstream.queries.outcomes import outcomes
from dealstream.settings import Settings, load
from dealstream.stores.nimbus import Running, open_nimbus
from dealstream.stores.open import open_counters
from tests.support import cluster_worker
from tests.support.waiting import until

NEEDED = ("config.json", "project.clj", "src", "topologies", "virtualenvs")
PIZZA = CHECKOUT / "examples" / "pizza"


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    output: str


class Deployment:
    """The pizza example under a name of its own, in a folder of its own: packing a topology writes into the folder."""

    def __init__(self, name: str, folder: Path, partitions: int = 4) -> None:
        self.name = name
        self.folder = folder
        self.files: list[Path] = []
        self.topology = ""
        for needed in NEEDED:
            (folder / needed).symlink_to(CHECKOUT / needed)
        config = folder / "relevance.toml"
        config.write_text(re.sub('^name = ".*"', f'name = "{name}"', (PIZZA / "relevance.toml").read_text(), flags=re.M))
        self.settings: Settings = load("dev", config, CHECKOUT / "config.json")
        self._counters = open_counters(self.settings)
        self._partitions = range(partitions)

    def run(self, *command: str, seconds: float = 90) -> str:
        """Return what a command prints; fail unless it ends with 0."""
        ended = self.ended(*command, seconds=seconds)
        if ended.code:
            self.fail(f"{' '.join(command)} ended with {ended.code}:\n{ended.output}")
        return ended.output

    def ended(self, *command: str, seconds: float = 90) -> Ended:
        """Run a command to its end."""
        with self.started(*command) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.fail(f"{' '.join(command)} takes more than {seconds} s")
            return Ended(process.returncode, output)

    @contextmanager
    def started(self, *command: str) -> Iterator["subprocess.Popen[str]"]:
        """Start a command; interrupt it, and all that it started, if it still runs in the end."""
        path = os.pathsep.join((str(Path(sys.executable).parent), str(CHECKOUT / "cluster" / "bin"), os.environ["PATH"]))
        variables = {"PATH": path, "DEALSTREAM_CONFIG": "relevance.toml", "PYTHONWARNINGS": "ignore", "LEIN_ROOT": "1"}
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.communicate(timeout=20)

    def submit(self) -> None:
        """Put the topology on the cluster."""
        self.run("dealstream", "create")
        self.run("dealstream", "submit")
        self.topology = self.running().id

    def running(self) -> Running:
        """Return what Nimbus knows of the topology."""
        found = [running for running in self.all_running() if running.name == self.name]
        assert found, f"Nimbus knows no topology {self.name}"
        return found[0]

    def all_running(self) -> list[Running]:
        """Return every topology of the cluster."""
        with open_nimbus(self.settings.nimbus, self.settings.tuning.socket_timeout_ms) as nimbus:
            return nimbus.topologies()

    def kill(self) -> None:
        """Take the topology off the cluster, if it is there; return when its worker is gone."""
        if any(running.name == self.name for running in self.all_running()):
            self.run("sparse", "kill", "--environment", "dev", "--name", self.name, "--wait", "0")
        if self.topology:
            self.until(lambda: cluster_worker.gone(self.topology), f"the worker of {self.topology} to end")

    def generate(self, events: int, seed: int) -> Path:
        """Write a file of events: a twentieth are duplicates, and times are out of order."""
        path = self.folder / f"{self.name}-{events}-{seed}.ndjson"
        written = self.run(sys.executable, str(PIZZA / "generate.py"), f"--events={events}", f"--seed={seed}")
        path.write_text(written)
        return path

    def produce(self, path: Path) -> None:
        """Send a file of events."""
        self.files.append(path)
        self.run("dealstream", "produce", str(path))

    def settle(self) -> str:
        """Wait until everything is counted, compare it all with the truth, and return verify's last line."""
        self.run("dealstream", "wait", "--timeout", "60")
        return self.run("dealstream", "verify", *map(str, self.files)).splitlines()[-1]

    def lag(self) -> dict[str, Any]:
        """Return what `dealstream lag` says."""
        said: dict[str, Any] = json.loads(self.run("dealstream", "lag", "--json"))
        return said

    def counted(self) -> int:
        """Return how many records were counted so far, whatever became of them; quicker than `lag`."""
        return sum(outcomes(self._counters, self._partitions).values())

    def until(self, condition: Any, what: str, seconds: float = 60) -> Any:
        """Return the first true value of ``condition``; fail with the worker's log if there is none in time."""
        try:
            return until(condition, seconds)
        except AssertionError:
            self.fail(f"waited {seconds} s for {what}")

    def fail(self, problem: str) -> Any:
        """Fail the test, and show the end of the worker's log."""
        log = cluster_worker.tail(self.topology) if self.topology else "there is no topology on the cluster"
        pytest.fail(f"{self.name}: {problem}\n--- worker.log ---\n{log}", pytrace=False)
