"""Bytewax as a contender: a cluster of two processes with a recovery store."""

import subprocess
from collections.abc import Mapping

from bench.peers.contender import ContenderError, Counts, Job
from bench.peers.entries import counts_of_strings
from bench.peers.peer import Peer
from bench.servers import free_port

PROCESSES = 2
SNAPSHOT_SECONDS = 1


class Bytewax(Peer):
    """Processes that know of each other, and snapshots from which they go on."""

    def start(self, job: Job) -> None:
        """Make the recovery store, then start."""
        self._recovery = job.folder / "recovery"
        self._recovery.mkdir()
        self._addresses = ";".join(f"127.0.0.1:{free_port()}" for _ in range(PROCESSES))
        made = subprocess.run(
            [str(self.environment.python), "-m", "bytewax.recovery", str(self._recovery), str(PROCESSES)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise ContenderError(f"no recovery store: {made.stderr}")
        super().start(job)

    def command(self, number: int) -> list[str]:
        """Return bytewax's own runner."""
        flow, cluster = f"{self.module}:flow", ["-i", str(number), "-a", self._addresses]
        recovery = ["-r", str(self._recovery), "-s", str(SNAPSHOT_SECONDS), "-b", "0"]
        return [str(self.environment.python), "-m", "bytewax.run", flow, *cluster, *recovery]


class Appending(Bytewax):
    """The same program, which appends what it has counted to strings."""

    def variables(self, number: int) -> Mapping[str, str]:
        """Say how to write."""
        return {**super().variables(number), "APPEND": "yes"}

    def counts(self) -> Counts:
        """Read the strings."""
        return counts_of_strings(self.job.redis)


def bytewax() -> Bytewax:
    """Return the contender."""
    return Bytewax("bytewax", "bytewax", "dataflow", PROCESSES)


def bytewax_appending() -> Appending:
    """Return the contender that has been given our way to write."""
    return Appending("bytewax, our APPEND", "bytewax", "dataflow", PROCESSES)
