"""dealstream itself as a contender: the real topology on Storm, exactly once, and the same without HBase."""

from dataclasses import dataclass
from pathlib import Path

from kafka.admin import KafkaAdminClient

from bench.cpu import CpuMeter
from bench.peers.contender import Contender, Counts, Job
from bench.peers.storm import ENVIRONMENT, OnStorm, Project, environment
from cluster.layout import CHECKOUT
from cluster.ports import HOST
from dealstream.queries.buckets import BucketReader
from dealstream.queries.outcomes import outcomes
from dealstream.settings import Settings, load
from dealstream.stores.hbase_admin import open_admin
from dealstream.stores.open import open_counters, open_log, open_vocabulary
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.topics import Topics

PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 1, "bucket_counter": 1}
OPTIONS = {
    # three flush windows of batches: the counter holds what it collects until it is durable
    "topology.max.spout.pending": 300,
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
    # one counter: as much as the peers' two processes together
    "dealstream.counter.flush.events": 100_000,
}


@dataclass
class _Deployment:
    """What is there while a job is done."""

    project: Project
    settings: Settings
    counters: RedisCounters
    partitions: list[int]
    storm: OnStorm
    meter: CpuMeter


class Dealstream:
    """A deployment on the cluster of `make up`, with a Redis server of the job's."""

    def __init__(self, name: str, topology: Path) -> None:
        """Submit ``topology``, which is called relevance there."""
        self.name = name
        self._topology = topology
        self._there: _Deployment | None = None

    def prepare(self) -> None:
        """Do nothing: what it needs is what the cluster needs."""

    def start(self, job: Job) -> None:
        """Create and submit it."""
        sources = {name: CHECKOUT / name for name in ("src", "virtualenvs")}
        configuration = CHECKOUT / "build" / "bench-peers" / f"{job.relevance.name}.toml"
        links = {**sources, "topologies/relevance.py": self._topology, "relevance.toml": configuration}
        options = {**OPTIONS, "dealstream.redis.servers": [f"{HOST}:{job.redis.port}"]}
        project = Project(job.folder / "project", environment(options, PARALLELISM), links)
        settings = load(ENVIRONMENT, configuration, project.config)
        storm = OnStorm(settings.relevance.name)
        log = open_log(settings)
        self._there = _Deployment(
            project, settings, open_counters(settings), log.partitions(), storm, CpuMeter(storm.pids)
        )
        log.close()
        project.run("dealstream", "create")
        project.run("dealstream", "submit")

    def done(self) -> int:
        """Read what became of the records."""
        return sum(outcomes(self._deployment.counters, self._deployment.partitions).values())

    def cpu(self) -> float:
        """Return what worker and Pythons have taken."""
        return self._deployment.meter.seconds()

    def kill(self) -> None:
        """Kill worker and Pythons; Storm starts them again."""
        self._deployment.storm.kill_processes()

    def counts(self) -> Counts:
        """Read cubes."""
        there = self._deployment
        reader = BucketReader(there.settings.relevance, there.counters, open_vocabulary(there.settings))
        return lambda cuboid: reader.read(cuboid)

    def stop(self) -> None:
        """Take it off the cluster, and leave nothing but the events."""
        if self._there is None:
            return
        there, self._there = self._there, None
        there.counters.close()
        there.storm.take_off(there.project)
        relevance, brokers = there.settings.relevance, there.settings.tuning.kafka_brokers
        with open_admin() as admin:
            admin.drop(relevance)
        groups = KafkaAdminClient(bootstrap_servers=brokers.split(","))
        groups.delete_groups([relevance.name])
        groups.close()
        topics = Topics(brokers)
        topics.delete([relevance.rejected_topic])
        topics.close()

    @property
    def _deployment(self) -> _Deployment:
        assert self._there is not None
        return self._there


def ours() -> list[Contender]:
    """Return the real topology, and the one that does no more than the peers."""
    return [
        Dealstream("dealstream", CHECKOUT / "topologies" / "relevance.py"),
        Dealstream("dealstream, counts only", CHECKOUT / "bench" / "topologies" / "counters_only.py"),
    ]
