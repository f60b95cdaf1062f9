"""Contenders: programs that do the same job, each behind the same few methods."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from bench.servers import RedisServer
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.relevance import Relevance

Counts = Callable[[Cuboid], pl.DataFrame]
"""Returns what was counted of a cuboid: its dimensions and ``type`` as text, and ``count``."""


class ContenderError(Exception):
    """A contender can't be installed, does not start, or has died by itself. The message is for a person."""


@dataclass(frozen=True)
class Job:
    """Count the events of the topic ``relevance.topic``, 30 buckets each, into a Redis server that is empty.

    ``configuration`` is the file of ``relevance``; ``folder`` is a new one, for what the contender writes. A
    micro-batch is written when one process of two has ``flush_events``.
    """

    relevance: Relevance
    configuration: Path
    brokers: str
    events: int
    flush_events: int
    redis: RedisServer
    folder: Path


class Contender(Protocol):
    """One contender, doing one job at a time."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def prepare(self) -> None:
        """Install what it needs.

        Raises:
            ContenderError: it can't be installed.

        """

    def start(self, job: Job) -> None:
        """Begin to count from the beginning of the topic.

        Raises:
            ContenderError: it does not start.

        """

    def done(self) -> int:
        """Return of how many events Redis has the counts; events that were counted twice are in it twice.

        Raises:
            ContenderError: it does not run any more.

        """

    def cpu(self) -> float:
        """Return the CPU seconds that its processes have taken since `start`; neither Redis' nor Kafka's."""

    def kill(self) -> None:
        """End all its processes with SIGKILL, and let it go on as after an accident."""

    def counts(self) -> Counts:
        """Return a reader of what is in Redis."""

    def stop(self) -> None:
        """End it. Nothing of it is left running, also if `start` has failed."""
