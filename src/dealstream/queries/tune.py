"""A running topology, watched for a while: two looks at Nimbus and at the log, and what lies between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dealstream.domain.bottleneck import COUNTER, WRITER, Load, Watched
from dealstream.queries.lag import PartitionLag
from dealstream.settings import tuning_of
from dealstream.stores.nimbus import Component


@dataclass(frozen=True)
class Look:
    """What is to be seen at one time, in seconds."""

    at: float
    components: Sequence[Component]
    lags: Sequence[PartitionLag]

    @property
    def done(self) -> int:
        """How many offsets are in both stores."""
        return sum(lag.end - lag.first - lag.behind for lag in self.lags)


def watched(first: Look, last: Look, conf: Mapping[str, Any]) -> Watched:
    """Return what happened between two looks; ``conf`` is the configuration that the topology was submitted with."""
    seconds = last.at - first.at
    before = {component.name: component for component in first.components}
    tuning = tuning_of(conf)
    return Watched(
        loads=[_load(before.get(after.name), after, seconds) for after in last.components],
        events_per_s=max(0, last.done - first.done) / seconds,
        behind=sum(lag.behind for lag in last.lags),
        partitions=len(last.lags),
        pending=int(conf["topology.max.spout.pending"]),
        flush_events={COUNTER: tuning.counter_flush_events, WRITER: tuning.writer_flush_events},
    )


def _load(before: Component | None, after: Component, seconds: float) -> Load:
    """Return a component's load; one whose workers were started anew meanwhile has done less than before."""
    acked, failed, settled_ms = after.acked, after.failed, after.settled_ms
    if before is not None and before.acked <= acked:
        acked, failed, settled_ms = acked - before.acked, failed - before.failed, settled_ms - before.settled_ms
    return Load(
        after.name,
        tasks=after.executors,
        tuples_per_s=acked / seconds,
        failed_per_s=failed / seconds,
        seconds=settled_ms / acked / 1000 if acked else 0.0,
    )
