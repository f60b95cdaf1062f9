"""What is measured: one sink alone, or both."""

from enum import StrEnum
from pathlib import Path

from cluster.layout import CHECKOUT

TOPOLOGIES = Path(__file__).parent / "topologies"


class Mode(StrEnum):
    """Which sinks a topology has."""

    COUNTERS = "counters"
    HBASE = "hbase"
    BOTH = "both"

    @property
    def topology(self) -> Path:
        """The file of its topology; both sinks are the product's own."""
        return {
            Mode.COUNTERS: TOPOLOGIES / "counters_only.py",
            Mode.HBASE: TOPOLOGIES / "user_events_only.py",
            Mode.BOTH: CHECKOUT / "topologies" / "relevance.py",
        }[self]

    @property
    def counts(self) -> bool:
        """Whether buckets are counted."""
        return self is not Mode.HBASE

    @property
    def writes(self) -> bool:
        """Whether users' events are written."""
        return self is not Mode.COUNTERS
