"""Processor time by stage, added up while events go through one stage after the other."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cluster.process import Process

MICROSECONDS = 1e6
Timer = Callable[[], float]


@dataclass
class Cost:
    """What a process of the topology, or a server, does; ``floor`` is what does the same as cheaply as we know how."""

    process: str
    stage: str
    seconds: float = 0.0
    floor: str = ""
    floor_seconds: float | None = None


class Costs:
    """The costs of ``events`` events, in the order in which the stages were first met."""

    def __init__(self, events: int) -> None:
        self.events = events
        self._found: dict[tuple[str, str], Cost] = {}

    def of(self, process: str, stage: str) -> Cost:
        """Return the cost of a stage, to be added to."""
        return self._found.setdefault((process, stage), Cost(process, stage))

    def all(self) -> list[Cost]:
        """Return the costs, those of one process together."""
        order = list(dict.fromkeys(process for process, _ in self._found))
        return sorted(self._found.values(), key=lambda cost: order.index(cost.process))

    def us(self, seconds: float) -> float:
        """Return microseconds an event."""
        return seconds * MICROSECONDS / self.events

    @contextmanager
    def clock(self, process: str, stage: str, timer: Timer = time.process_time) -> Iterator[None]:
        """Add what this process computes meanwhile, or what ``timer`` counts in seconds."""
        begun = timer()
        try:
            yield
        finally:
            self.of(process, stage).seconds += timer() - begun

    @contextmanager
    def server(self, process: str, stage: str, servers: Sequence[Process]) -> Iterator[None]:
        """Add what servers compute meanwhile."""
        with self.clock(process, stage, lambda: sum(server.processor_seconds() for server in servers)):
            yield
