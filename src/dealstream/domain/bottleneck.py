"""Which component of a running topology holds the others up, and what to set.

Storm's own "capacity" knows nothing of components in Python: to Storm they are done with a batch when it is in the
pipe. So this goes by Little's law (J. D. C. Little, "A Proof for the Queuing Formula: L = lambda W", 1961): as many
batches are at a component as it settles a second, times the seconds that each is there. They pile up at the
component that can't keep up, as far as ``topology.max.spout.pending`` lets them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SPOUT, DEDUP, WRITER, COUNTER = "event_spout", "dedup", "hbase_writer", "bucket_counter"
SINKS = (WRITER, COUNTER)
# a spout that has fewer batches in flight than this share of what it may is not held up by the others
FULL = 0.8
# so many flush windows should be in flight: one that fills, one that is written, one on its way
WINDOWS = 3


@dataclass(frozen=True)
class Load:
    """A component while it was watched: how many tasks, tuples settled and failed a second, and how long each took."""

    name: str
    tasks: int
    tuples_per_s: float
    failed_per_s: float
    seconds: float

    @property
    def held(self) -> float:
        """How many batches are with each of its tasks, on average."""
        return self.tuples_per_s * self.seconds / self.tasks


@dataclass(frozen=True)
class Watched:
    """A topology while it was watched; ``behind`` is how many events it was behind at the end.

    ``pending`` is how many batches each spout task may have in flight, ``flush_events`` the window of each sink in
    events.
    """

    loads: Sequence[Load]
    events_per_s: float
    behind: int
    partitions: int
    pending: int
    flush_events: dict[str, int]

    def load(self, name: str) -> Load:
        """Return a component's load."""
        return next(load for load in self.loads if load.name == name)

    @property
    def events_per_batch(self) -> float:
        """How many events a batch has, on average; 0 if there was none."""
        batches = self.load(SPOUT).tuples_per_s
        return self.events_per_s / batches if batches else 0.0

    def expected(self, load: Load) -> float:
        """How many batches a task holds that keeps up: a sink half a window, which fills, and all others about one."""
        if load.name in SINKS and self.events_per_batch:
            return max(1.0, self.flush_events[load.name] / self.events_per_batch / 2)
        return 1.0


@dataclass(frozen=True)
class Advice:
    """What holds the stream up (None: nothing does), how one sees that, and what to set, the first thing first."""

    bottleneck: str | None
    why: str
    settings: Sequence[str] = ()


def advise(watched: Watched) -> Advice:
    """Return what to do about a topology that was watched under load."""
    spout = watched.load(SPOUT)
    failing = [load.name for load in watched.loads if load.failed_per_s > 0]
    if failing:
        return Advice(
            None,
            f"batches fail ({', '.join(failing)}): a store is away, or slower than the timeout",
            ["see the workers' logs and `dealstream lag`; topology.message.timeout.secs must be well above a flush"],
        )
    if not watched.events_per_s:
        return Advice(None, "no event came through: there is nothing to see" if not watched.behind else "it stands")
    if watched.behind < watched.events_per_s:
        return Advice(None, "it keeps up: what is behind was on its way")
    if spout.held < FULL * watched.pending:
        return Advice(SPOUT, f"only {spout.held:.0f} of {watched.pending} batches are in flight", _of_spout(watched))
    slowest = max(
        (load for load in watched.loads if load.name != SPOUT), key=lambda load: load.held / watched.expected(load)
    )
    why = f"{slowest.held:.0f} batches wait with each task; {watched.expected(slowest):.0f} would be normal"
    if slowest.name in SINKS and (wanted := _pending_for(watched, slowest)) > watched.pending:
        return Advice(slowest.name, why, [f"topology.max.spout.pending = {wanted}: {WINDOWS} flush windows"])
    return Advice(slowest.name, why, _of_bolt(watched, slowest))


def _pending_for(watched: Watched, sink: Load) -> int:
    """Return how many batches a spout task must have in flight to feed each task of a sink `WINDOWS` windows."""
    batches = WINDOWS * watched.flush_events[sink.name] * sink.tasks / watched.events_per_batch
    return round(batches / watched.load(SPOUT).tasks)


def _more_tasks(watched: Watched, load: Load) -> list[str]:
    if load.name in SINKS or load.tasks < watched.partitions:
        return [f"parallelism.{load.name} = {load.tasks + 1}, if there is a core for it"]
    return [f"more partitions than {watched.partitions}: {load.name} has a task for each already"]


def _of_spout(watched: Watched) -> list[str]:
    return [*_more_tasks(watched, watched.load(SPOUT)), "dealstream.batch.events = 2000, if batches are full"]


def _of_bolt(watched: Watched, load: Load) -> list[str]:
    settings = _more_tasks(watched, load)
    if load.name in SINKS:
        option = "counter" if load.name == COUNTER else "writer"
        window = watched.flush_events[load.name]
        larger = f"dealstream.{option}.flush.events = {2 * window}: a larger window combines better, and is seen later"
        return [larger, *settings] if load.name == COUNTER else [*settings, larger]
    return settings
