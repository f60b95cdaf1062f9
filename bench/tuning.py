"""Every setting of the benchmark that is not config.json's environment `dev`, in one place."""

from collections.abc import Mapping
from typing import Any

from bench.mode import Mode
from cluster.ports import HOST, Ports
from harness.stage import config_of

# how `-o` names the number of a component's tasks
TASKS = "parallelism."
# one writer parses while the other one waits for HBase
PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 2, "bucket_counter": 1}

OPTIONS: Mapping[str, Any] = {
    # what a sink collects until it is durable must fit, three times if it is to be kept busy
    "topology.max.spout.pending": 150,
    # a tuple of 1,000 events costs nearly as much to handle as one of 2,000
    "dealstream.batch.events": 2000,
    "dealstream.batch.bytes": 1_048_576,
    # a worker's heap is the sum over its executors
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
    # malloc keeps what numpy gives back: to take it from the kernel anew, page by page, is a tenth of fanning out
    "topology.environment": {"MALLOC_MMAP_THRESHOLD_": str(256 << 20), "MALLOC_TRIM_THRESHOLD_": str(512 << 20)},
    # a larger window combines better: 100,000 events have 9 different buckets an event, 10,000 have 15
    "dealstream.counter.flush.events": 100_000,
    # below the full rate a window is not full when it is due, and its oldest event has waited for so long; what is
    # behind fills its windows, so this costs nothing where it matters
    "dealstream.counter.flush.ms": 200,
    # the measured span ends with a commit: so it is known to half a second
    "dealstream.commit.ms": 500,
}

ONLY: Mapping[Mode, Mapping[str, Any]] = {
    # the slots have no watermark that the spout could check: it may look once, at its start
    Mode.HBASE: {"dealstream.check.ms": 86_400_000},
}


def config(mode: Mode, over: Mapping[str, Any]) -> dict[str, Any]:
    """Return config.json with the benchmark's environment, which is called `dev`; options in ``over`` win.

    One called ``parallelism.bucket_counter`` is that component's number of tasks.
    """
    ports = Ports.here()
    redis = (f"{HOST}:{port}" for port in (ports.redis_1, ports.redis_2))
    tasks = {key.removeprefix(TASKS): over[key] for key in over if key.startswith(TASKS)}
    own = {key: over[key] for key in over if not key.startswith(TASKS)}
    options = {**OPTIONS, **ONLY.get(mode, {}), **own}
    return config_of(ports, redis, {"parallelism": {**PARALLELISM, **tasks}, "options": options})
