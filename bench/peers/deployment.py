"""A deployment of dealstream for one job: its folder, its tables, and what reads its counts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient

from bench.peers.contender import Counts, Job
from bench.peers.storm import ENVIRONMENT, Project, environment
from cluster.layout import CHECKOUT
from cluster.ports import HOST
from dealstream.queries.buckets import BucketReader
from dealstream.queries.outcomes import outcomes
from dealstream.settings import load
from dealstream.stores.hbase_admin import open_admin
from dealstream.stores.open import open_counters, open_log, open_vocabulary
from dealstream.stores.topics import Topics

PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 1, "bucket_counter": 1}


class Deployment:
    """Counts into the job's Redis server, and keeps the codes of open dimensions in the cluster's HBase."""

    def __init__(self, job: Job, topology: Path, options: Mapping[str, Any]) -> None:
        """``topology`` is called relevance there; ``options`` are config.json's."""
        links = {
            **{name: CHECKOUT / name for name in ("src", "virtualenvs")},
            "topologies/relevance.py": topology,
            "relevance.toml": job.configuration,
        }
        own = {**options, "dealstream.redis.servers": [f"{HOST}:{job.redis.port}"]}
        self.project = Project(job.folder / "project", environment(own, PARALLELISM), links)
        self.settings = load(ENVIRONMENT, job.configuration, self.project.config)
        self._counters = open_counters(self.settings)
        log = open_log(self.settings)
        self._partitions = log.partitions()
        log.close()

    def create(self) -> None:
        """Make its tables, and the topic of what is rejected."""
        self.project.run("dealstream", "create")

    def drop(self) -> None:
        """Leave nothing but the events; what counts has ended."""
        self._counters.close()
        relevance, brokers = self.settings.relevance, self.settings.tuning.kafka_brokers
        with open_admin() as admin:
            admin.drop(relevance)
        groups = KafkaAdminClient(bootstrap_servers=brokers.split(","))
        groups.delete_groups([relevance.name])  # of a group that is not there it returns an error
        groups.close()
        topics = Topics(brokers)
        topics.delete([relevance.rejected_topic])
        topics.close()

    def done(self) -> int:
        """Return of how many records it is counted what became of them."""
        return sum(outcomes(self._counters, self._partitions).values())

    def counts(self) -> Counts:
        """Read cubes."""
        reader = BucketReader(self.settings.relevance, self._counters, open_vocabulary(self.settings))
        return lambda cuboid: reader.read(cuboid)
