"""Every setting of the benchmark that is not config.json's environment `dev`, in one place."""

from collections.abc import Mapping
from typing import Any

from bench.mode import Mode
from cluster.ports import HOST, Ports
from harness.stage import config_of

PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 1, "bucket_counter": 1}

OPTIONS: Mapping[str, Any] = {
    # three flush windows of batches: the counter holds what it collects until it is durable
    "topology.max.spout.pending": 300,
    # a worker's heap is the sum over its executors
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
    # a larger window combines better: 100,000 events have 9 different buckets an event, 10,000 have 15
    "dealstream.counter.flush.events": 100_000,
    # the measured span ends with a commit: so it is known to half a second
    "dealstream.commit.ms": 500,
}

ONLY: Mapping[Mode, Mapping[str, Any]] = {
    # the slots have no watermark that the spout could check: it may look once, at its start
    Mode.HBASE: {"dealstream.check.ms": 86_400_000},
}


def config(mode: Mode, over: Mapping[str, Any]) -> dict[str, Any]:
    """Return config.json with the benchmark's environment, which is called `dev`; options in ``over`` win."""
    ports = Ports.here()
    redis = (f"{HOST}:{port}" for port in (ports.redis_1, ports.redis_2))
    options = {**OPTIONS, **ONLY.get(mode, {}), **over}
    return config_of(ports, redis, {"parallelism": PARALLELISM, "options": options})
