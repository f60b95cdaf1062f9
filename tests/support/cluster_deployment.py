"""The pizza example as a deployment of its own on the real cluster, used by its commands."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest

from cluster.layout import CHECKOUT
from cluster.ports import Ports
from dealstream.queries.outcomes import outcomes
from dealstream.settings import Settings, load
from dealstream.stores.nimbus import Running, open_nimbus
from dealstream.stores.open import open_counters
from harness.project import CommandError, Project
from harness.stage import config_of
from tests.support import cluster_worker, waiting
from tests.support.redis_servers import Servers

PIZZA = CHECKOUT / "examples" / "pizza"
Value = TypeVar("Value")


class Deployment:
    """One deployment; remembers which files of events were produced, for these are what must be counted."""

    def __init__(self, name: str, folder: Path, redis: Servers | None = None) -> None:
        """Make it, on these Redis servers; without any on those of the cluster."""
        self.name = name
        self.files: list[Path] = []
        self.topology = ""
        self.project = Project.of_checkout(folder, name, PIZZA / "relevance.toml")
        if redis:
            self.configure_redis(redis)
        self.settings: Settings = load("dev", self.project.relevance, folder / "config.json")
        self._counters = open_counters(self.settings)

    def configure_redis(self, redis: Servers) -> None:
        """Let its commands know these Redis servers."""
        self.project.configure(config_of(Ports.here(), redis.addresses, {"options": redis.options}))

    def run(self, *command: str, seconds: float = 90) -> str:
        """Return what a command prints; fail the test unless it ends with 0, and in time."""
        try:
            return self.project.run(*command, seconds=seconds)
        except CommandError as error:
            self.fail(str(error))

    def submit(self) -> None:
        """Put the topology on the cluster."""
        self.run("dealstream", "submit")
        self.topology = next(running.id for running in self.all_running() if running.name == self.name)

    def all_running(self) -> list[Running]:
        """Return every topology that Nimbus knows."""
        with open_nimbus(self.settings.nimbus, self.settings.tuning.socket_timeout_ms) as nimbus:
            return nimbus.topologies()

    def kill(self) -> None:
        """Take the topology off the cluster, if it is there."""
        if self._is_known():
            self.run("sparse", "kill", "--environment", "dev", "--name", self.name, "--wait", "0")

    def wait_ended(self) -> None:
        """Wait until Nimbus has forgotten the topology and its worker has ended."""
        self.until(lambda: not self._is_known(), "Nimbus to forget it")
        if self.topology:
            self.until(lambda: cluster_worker.worker(self.topology) is None, "its worker to end")

    def generate(self, events: int, seed: int) -> Path:
        """Write a file of events: a twentieth of the lines come twice, and times are out of order."""
        path = self.project.folder / f"events-{seed}.ndjson"
        path.write_text(self.run(sys.executable, str(PIZZA / "generate.py"), f"--events={events}", f"--seed={seed}"))
        return path

    def produce(self, path: Path) -> None:
        """Send a file of events."""
        self.files.append(path)
        self.run("dealstream", "produce", str(path))

    def settle(self) -> str:
        """Wait until all that was sent is counted, compare it with the truth, and return `verify`'s last line."""
        self.run("dealstream", "wait", "--timeout", "60")
        return self.run("dealstream", "verify", *map(str, self.files)).splitlines()[-1]

    def lag(self) -> dict[str, Any]:
        """Return what `dealstream lag` says."""
        said: dict[str, Any] = json.loads(self.run("dealstream", "lag", "--json"))
        return said

    def counted(self) -> int:
        """Return how many records were counted so far, whatever became of them; quicker than `lag`."""
        return sum(outcomes(self._counters, range(64)).values())

    def until(self, condition: Callable[[], Value], what: str, seconds: float = 60) -> Value:
        """Return the first true value of ``condition``; fail the test if there is none in time."""
        try:
            return waiting.until(condition, seconds)
        except AssertionError:
            self.fail(f"waited {seconds} s for {what}")

    def _is_known(self) -> bool:
        return self.name in (running.name for running in self.all_running())

    def fail(self, problem: str) -> NoReturn:
        """Fail the test; show the end of the worker's log too."""
        log = cluster_worker.tail(self.topology) if self.topology else "no topology was submitted"
        pytest.fail(f"{self.name}: {problem}\n--- {self.topology}, worker.log ---\n{log}", pytrace=False)
