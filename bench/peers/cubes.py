"""A deployment of dealstream for one job, with cubes in the job's Redis server and codes in the cluster's HBase."""

from collections.abc import Mapping
from typing import Any

from bench.deployed import Deployed
from bench.mode import Mode
from bench.peers.contender import Counts, Job
from cluster.ports import HOST
from dealstream.queries.buckets import BucketReader
from dealstream.queries.outcomes import outcomes
from dealstream.stores.open import open_counters, open_log, open_vocabulary


class Cubes(Deployed):
    """What counts is submitted, or is a peer that writes the same; either way this reads what is there."""

    def __init__(self, mode: Mode, job: Job, over: Mapping[str, Any] | None = None) -> None:
        own = {"dealstream.redis.servers": [f"{HOST}:{job.redis.port}"], **(over or {})}
        super().__init__(mode, job.relevance.name, job.folder / "project", job.configuration, own)
        self._counters = open_counters(self.settings)
        log = open_log(self.settings)
        self._partitions = log.partitions()
        log.close()

    def done(self) -> int:
        """Return of how many records it is counted what became of them."""
        return sum(outcomes(self._counters, self._partitions).values())

    def counts(self) -> Counts:
        """Read cubes."""
        reader = BucketReader(self.settings.relevance, self._counters, open_vocabulary(self.settings))
        return lambda cuboid: reader.read(cuboid)

    def leave(self, *, events: bool = True) -> None:
        """Leave nothing of it but the events, which the next contender counts."""
        self._counters.close()
        super().leave(events=events)
