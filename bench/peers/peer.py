"""A peer: a framework in a virtual environment of its own, run as one or more processes of the same program."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.cpu import CpuMeter, of_session
from bench.peers.contender import ContenderError, Counts, Job
from bench.peers.entries import counts_of_hashes, done
from bench.peers.environment import Environment
from cluster.layout import CHECKOUT

FLUSH_SECONDS = 1.0
"""So often a micro-batch is written that is not full, as dealstream's own counter does."""
_GONE_SECONDS = 20.0


class Peer:
    """Runs `python -m MODULE`, told all it must know by environment variables."""

    def __init__(self, name: str, folder: str, module: str, processes: int = 2) -> None:
        """``folder`` in bench/peers has the module and what to install for it."""
        self.name = name
        self.environment = Environment(folder)
        self.module = f"bench.peers.{folder}.{module}"
        self._processes = processes
        self._leaders: list[subprocess.Popen[bytes]] = []
        self._meter = CpuMeter(self._pids)
        self._job: Job | None = None

    @property
    def job(self) -> Job:
        """The job it is at."""
        assert self._job is not None
        return self._job

    def prepare(self) -> None:
        """Make its virtual environment."""
        self.environment.make()

    def start(self, job: Job) -> None:
        """Start the processes."""
        self._job = job
        self._meter = CpuMeter(self._pids)
        self._spawn()

    def done(self) -> int:
        """Look whether all processes run, and return `written`."""
        for number, leader in enumerate(self._leaders):
            if leader.poll() is not None:
                raise ContenderError(f"process {number} ended with {leader.returncode}:\n{self._tail(number)}")
        return self.written()

    def written(self) -> int:
        """Return of how many events Redis has the counts."""
        return done(self.job.redis)

    def cpu(self) -> float:
        """Return what its processes and theirs have taken."""
        return self._meter.seconds()

    def kill(self) -> None:
        """Kill all processes at once, and start them again."""
        self._end()
        self._spawn()

    def counts(self) -> Counts:
        """Read the hashes."""
        return counts_of_hashes(self.job.redis)

    def stop(self) -> None:
        """Kill all processes."""
        self._end()

    def _end(self) -> None:
        deadline = time.monotonic() + _GONE_SECONDS
        while pids := self._pids():
            if time.monotonic() > deadline:
                raise ContenderError(f"processes {pids} do not end")
            for pid in pids:
                with suppress(ProcessLookupError):  # it has ended by itself meanwhile
                    os.kill(pid, signal.SIGKILL)
            for leader in self._leaders:
                leader.poll()  # a zombie still has its pid
            time.sleep(0.05)
        self._leaders = []

    def command(self, number: int) -> list[str]:
        """Return the command line of one of the processes."""
        return [str(self.environment.python), "-m", self.module]

    def variables(self, number: int) -> Mapping[str, str]:
        """Return what one of the processes is told."""
        topic = self.job.relevance.topic
        return {
            "PYTHONPATH": str(CHECKOUT),
            "KAFKA_BROKERS": self.job.brokers,
            "KAFKA_TOPIC": topic,
            "KAFKA_GROUP": f"{topic}.{self.job.folder.name}",
            "REDIS_PORT": str(self.job.redis.port),
            "STATE_FOLDER": str(self.job.folder),
            "FLUSH_EVENTS": str(self.job.flush_events),
            "FLUSH_SECONDS": str(FLUSH_SECONDS),
        }

    def _spawn(self) -> None:
        for number in range(self._processes):
            with self._log(number).open("ab") as log:
                leader = subprocess.Popen(
                    self.command(number),
                    cwd=self.job.folder,
                    env={**os.environ, **self.variables(number)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._leaders.append(leader)

    def _pids(self) -> list[int]:
        return [pid for leader in self._leaders for pid in of_session(leader.pid)]

    def _log(self, number: int) -> Path:
        return self.job.folder / f"{number}.log"

    def _tail(self, number: int) -> str:
        return "\n".join(self._log(number).read_text(errors="replace").splitlines()[-15:])
