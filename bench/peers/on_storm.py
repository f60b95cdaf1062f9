"""What contenders on the cluster's own Storm share: the processes of a topology."""

import signal

from bench.cpu import CpuMeter
from harness.components import Components


class OnStorm:
    """A contender whose processes are a worker and its Pythons; `watch` tells which."""

    def watch(self, components: Components) -> None:
        """Begin with the processes of a topology that is about to run."""
        self._components = components
        self._meter = CpuMeter(lambda: [process.pid for process in components.processes()])

    def cpu(self) -> float:
        """Return what worker and Pythons have taken."""
        return self._meter.seconds()

    def kill(self) -> None:
        """Kill worker and Pythons; Storm starts them again."""
        for process in self._components.processes():
            process.kill(signal.SIGKILL)
