"""The processes of a run by short names: spout, dedup, writer, counter, worker."""

import re
import time
from collections.abc import Callable, Iterator

from cluster.process import Process
from cluster.services.storm import Supervisor
from harness.stage import Stage

PYTHONS = {
    "spout": "KafkaEventSpout",
    "dedup": "DedupBolt",
    "writer": "HBaseWriterBolt",
    "counter": "BucketCounterBolt",
}
"""The topology's Python components, and the class by which their processes are known."""
PATIENCE = 120.0
"""How long Storm may take to have a component running again."""
_POLL_SECONDS = 0.1


class NothingToHurtError(Exception):
    """A component does not run, and has not come back in a long time either."""


class StillThereError(Exception):
    """A process of a topology that was killed has not ended."""


class Components:
    """The processes of one topology and of the services under it."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage = stage
        self._topology = re.compile(rf"{re.escape(name)}-\d+-\d+")

    def find(self, target: str) -> Process | None:
        """Return the process of a component or a service; the first of several."""
        if target in self._stage.services:
            return self._stage.services[target].process
        return next((process for name, process in self.storm() if name == target), None)

    def await_(self, target: str, clock: Callable[[], float] = time.monotonic) -> Process:
        """Return the process of a target as soon as it runs.

        Raises:
            NothingToHurtError: it does not for a long time.

        """
        deadline = clock() + PATIENCE
        while (process := self.find(target)) is None:
            if clock() > deadline:
                raise NothingToHurtError(f"{target} has not run for {PATIENCE:.0f} s")
            time.sleep(_POLL_SECONDS)
        return process

    def await_ended(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Return when no process of the topology runs.

        Raises:
            StillThereError: one does for a long time.

        """
        deadline = clock() + PATIENCE
        while left := list(self.processes()):
            if clock() > deadline:
                raise StillThereError(f"processes {[process.pid for process in left]} have not ended")
            time.sleep(_POLL_SECONDS)

    def processes(self) -> Iterator[Process]:
        """Yield the topology's worker and Pythons, whatever they are; never those of another topology."""
        supervisor = self._stage.services["supervisor"]
        assert isinstance(supervisor, Supervisor)
        for process in supervisor.helpers():
            if self._topology.search(f"{' '.join(process.command())} {process.folder()}"):
                yield process

    def storm(self) -> Iterator[tuple[str, Process]]:
        """Yield the topology's worker and dealstream's Pythons, each with its component's name."""
        for process in self.processes():
            if name := name_of(" ".join(process.command())):
                yield name, process

    def all(self) -> Iterator[tuple[str, Process]]:
        """Yield every process of the run with its name."""
        yield from self.storm()
        for name, service in self._stage.own.items():
            if process := service.process:
                yield name, process


def name_of(command: str) -> str | None:
    """Return the component that a command line of Storm's is; None for what is none."""
    if "-Dstorm.id=" in command and "org.apache.storm.daemon.worker.Worker" in command:
        return "worker"
    return next((name for name, kind in PYTHONS.items() if command.endswith(f".{kind}")), None)
