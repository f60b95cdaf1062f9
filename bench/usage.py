"""What processes use: seconds of processor time and resident memory, by name."""

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.process import Process
from harness.components import Components

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# of the line `cpu` in /proc/stat: user, nice, system, and interrupts
_BUSY = (1, 2, 3, 6, 7)
BENCH, OTHERS = "bench", "others"


@dataclass(frozen=True)
class Usage:
    """Processor seconds and resident bytes by name, and the seconds for which the cores were busy in all."""

    seconds: Mapping[str, float]
    memory: Mapping[str, int]
    machine: float

    def since(self, before: "Usage") -> dict[str, float]:
        """Return the processor seconds since an earlier look; ``others`` are all processes that are not named."""
        found = {name: used - before.seconds.get(name, 0.0) for name, used in self.seconds.items()}
        return {**found, OTHERS: max(0.0, self.machine - before.machine - sum(found.values()))}


def look(components: Components) -> Usage:
    """Return what a topology, the services under it and this process have used until now."""
    seconds: defaultdict[str, float] = defaultdict(float)
    memory: defaultdict[str, int] = defaultdict(int)
    myself = Process.of(os.getpid())
    for name, process in (*components.all(), *([(BENCH, myself)] if myself else [])):
        # a Redis server leaves its dumps to children
        seconds[name] += process.processor_seconds(children=name.startswith("redis-"))
        memory[name] += process.memory()
    return Usage(seconds, memory, _machine())


def _machine() -> float:
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return sum(int(fields[place]) for place in _BUSY) * _TICK
