"""One contender at work: how fast it is when nothing happens, and what it counts when all of it is killed once."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from bench.cpu import CpuMeter
from bench.drain import WARM
from bench.peers.contender import Contender, ContenderError, Job

CONTENDER = "contender"
POLL_SECONDS = 0.25
QUIET_SECONDS = 5.0
"""So long nothing more is counted, though all events are, before a run is over: something may be counted again."""
QUIET_AFTER_KILL_SECONDS = 20.0
"""The same after a restart: groups of consumers pause when they wait for a dead member."""
PATIENCE_SECONDS = 120.0
"""So long a contender may count nothing, though there are events left."""

Progress = Callable[[int], None]


class Sample(NamedTuple):
    """Events done at a moment, and CPU seconds taken by name."""

    at: float
    done: int
    cpu: Mapping[str, float]


@dataclass(frozen=True)
class Speed:
    """What a contender did between its first progress when it was warm and its last.

    ``cpu`` is in seconds per million events: of `CONTENDER` itself, and of each service.
    """

    seconds: float
    events: int
    cpu: Mapping[str, float]

    @property
    def events_per_second(self) -> float:
        """Wall-clock events per second."""
        return self.events / self.seconds

    @staticmethod
    def between(first: Sample, last: Sample) -> "Speed":
        """Return the speed between two samples.

        Raises:
            ContenderError: there is nothing between them.

        """
        events = last.done - first.done
        if not events:
            raise ContenderError(
                "once warm, all events were counted in one go: there is nothing to measure; give it more"
            )
        cpu = {name: (seconds - first.cpu[name]) * 1e6 / events for name, seconds in last.cpu.items()}
        return Speed(last.at - first.at, events, cpu)


@dataclass(frozen=True)
class Course:
    """Contenders run on it one after the other; ``services`` are the pids of what all of them use, by name."""

    services: Mapping[str, int]

    def run(self, contender: Contender, job: Job, progress: Progress) -> Speed:
        """Let a contender count everything."""
        meters = {
            name: CpuMeter(partial(list, [pid])) for name, pid in {"redis": job.redis.pid, **self.services}.items()
        }
        contender.start(job)
        samples: list[Sample] = []
        for done in _drain(contender, job.events, QUIET_SECONDS):
            progress(done)
            if done != (samples[-1].done if samples else 0):
                used = {name: meter.seconds() for name, meter in meters.items()}
                samples.append(Sample(time.monotonic(), done, {CONTENDER: contender.cpu(), **used}))
        if not samples:
            raise ContenderError(f"nothing was counted in {PATIENCE_SECONDS:.0f} s")
        warm = next((sample for sample in samples if sample.done >= WARM * job.events), samples[-1])
        return Speed.between(warm, samples[-1])

    def run_with_accident(self, contender: Contender, job: Job, progress: Progress) -> None:
        """Let a contender count everything, and kill it when it has half."""
        contender.start(job)
        killed = False
        for done in _drain(contender, job.events, QUIET_AFTER_KILL_SECONDS):
            progress(done)
            if not killed and done >= job.events // 2:
                contender.kill()
                killed = True


def _drain(contender: Contender, events: int, quiet: float) -> Iterator[int]:
    """Yield how many events are done, again and again, until nothing more happens."""
    before, moved = 0, time.monotonic()
    while True:
        done, now = contender.done(), time.monotonic()
        yield done
        if done != before:
            before, moved = done, now
        if now - moved > (quiet if done >= events else PATIENCE_SECONDS):
            return
        time.sleep(POLL_SECONDS)
