"""dealstream itself as a contender: the real topology on Storm, exactly once, and the same without HBase's sink."""

from pathlib import Path

from bench.cpu import CpuMeter
from bench.peers.contender import Contender, Counts, Job
from bench.peers.deployment import Deployment
from bench.peers.storm import OnStorm
from cluster.layout import CHECKOUT

OPTIONS = {
    # three flush windows of batches: the counter holds what it collects until it is durable
    "topology.max.spout.pending": 300,
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
}


class Dealstream:
    """A deployment on the cluster of `make up`, with a Redis server of the job's."""

    def __init__(self, name: str, topology: Path) -> None:
        self.name = name
        self._topology = topology
        self._deployment: Deployment | None = None
        self._storm = OnStorm("")
        self._meter = CpuMeter(self._storm.pids)

    def prepare(self) -> None:
        """Do nothing: what it needs is what the cluster needs."""

    def start(self, job: Job) -> None:
        """Create and submit it."""
        # one counter holds as much as the peers' two processes together
        window = {"dealstream.counter.flush.events": 2 * job.flush_events}
        self._deployment = Deployment(job, self._topology, {**OPTIONS, **window})
        self._storm = OnStorm(job.relevance.name)
        self._meter = CpuMeter(self._storm.pids)
        self._deployment.create()
        self._deployment.project.run("dealstream", "submit")

    def done(self) -> int:
        """Read what became of the records."""
        return self._there.done()

    def cpu(self) -> float:
        """Return what worker and Pythons have taken."""
        return self._meter.seconds()

    def kill(self) -> None:
        """Kill worker and Pythons; Storm starts them again."""
        self._storm.kill_processes()

    def counts(self) -> Counts:
        """Read cubes."""
        return self._there.counts()

    def stop(self) -> None:
        """Take it off the cluster, and leave nothing but the events."""
        if self._deployment is not None:
            there, self._deployment = self._deployment, None
            self._storm.take_off(there.project)
            there.drop()

    @property
    def _there(self) -> Deployment:
        assert self._deployment is not None
        return self._deployment


def ours() -> list[Contender]:
    """Return the real topology, and the one that does no more than the peers."""
    return [
        Dealstream("dealstream", CHECKOUT / "topologies" / "relevance.py"),
        Dealstream("dealstream, counts only", CHECKOUT / "bench" / "topologies" / "counters_only.py"),
    ]
