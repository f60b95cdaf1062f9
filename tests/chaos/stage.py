"""Where a run takes place: a cluster of its own, or the checkout's with Redis servers of its own.

Everything a run hurts belongs to its stage.
"""

import json
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from cluster.catalogue import services
from cluster.commands.down import down
from cluster.commands.up import up
from cluster.holders import holders
from cluster.layout import CHECKOUT, HOME_VARIABLE
from cluster.ports import HOST, OFFSET_VARIABLE, Ports
from cluster.service import Service
from cluster.services.redis import Redis, redis_service

OFFSETS = range(1000, 12_000, 1000)
CLIENT_PORTS = range(20_000, 32_000)
"""Ports that the kernel gives to nobody's outgoing connection."""
PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 2, "bucket_counter": 2}
# a window that is full after minutes, so that memory can be flat, and longer than the stream's longest repeat
DEDUP = {"dealstream.dedup.slice.offsets": 32_768, "dealstream.dedup.slices": 12}


class StageError(Exception):
    """There is no place for a run. The message is for a person."""


@dataclass(frozen=True)
class Stage:
    """Services by name, all of them the run's own to hurt but those in `shared`, and the environments for commands."""

    services: Mapping[str, Service]
    config: Mapping[str, Any]
    shared: frozenset[str] = frozenset()

    def redis(self, name: str) -> Redis:
        """Return a Redis server."""
        service = self.services[name]
        assert isinstance(service, Redis)
        return service

    @property
    def own(self) -> dict[str, Service]:
        """The services that the run may hurt, and must restart."""
        return {name: service for name, service in self.services.items() if name not in self.shared}


def config_of(config: Mapping[str, Any], ports: Ports, redis: Mapping[str, int]) -> dict[str, Any]:
    """Return config.json with an environment `dev` at these ports."""
    dev = config["envs"]["dev"]
    options = {
        **dev["options"],
        **DEDUP,
        "dealstream.kafka.brokers": f"{HOST}:{ports.kafka}",
        "dealstream.hbase.thrift": f"{HOST}:{ports.hbase_thrift}",
        "dealstream.redis.servers": [f"{HOST}:{port}" for port in redis.values()],
    }
    here = {**dev, "nimbus": f"{HOST}:{ports.nimbus}", "parallelism": PARALLELISM, "options": options}
    return {**config, "envs": {"dev": here}}


@contextmanager
def own_cluster(home: Path, console: Console) -> Iterator[Stage]:
    """Start a cluster with everything in `home`, stop it in the end; commands started meanwhile find it."""
    offset = free_offset()
    ports = Ports.moved(offset)
    every = services(home, ports)
    with ExitStack() as ending:
        ending.enter_context(_environment({HOME_VARIABLE: str(home), OFFSET_VARIABLE: str(offset)}))
        ending.callback(down, every, console)
        if up(every, console):
            raise StageError("the cluster does not come up")
        yield Stage(every, config_of(_config(), ports, {"redis-1": ports.redis_1, "redis-2": ports.redis_2}))


@contextmanager
def private_redis(home: Path) -> Iterator[Stage]:
    """Use the checkout's cluster, which must be up, with Redis servers in `home`."""
    shared = {name: service for name, service in services().items() if not isinstance(service, Redis)}
    own = {
        name: redis_service(port, home / name, name)
        for name, port in zip(("redis-1", "redis-2"), _free_ports(2), strict=True)
    }
    redis = {name: server.port for name, server in own.items()}
    with ExitStack() as running:
        for server in own.values():
            running.enter_context(server.running())
        yield Stage({**shared, **own}, config_of(_config(), Ports.here(), redis), frozenset(shared))


def free_offset() -> int:
    """Return the first offset at which nobody holds a port of a cluster."""
    for offset in OFFSETS:
        every = services(Path("nowhere"), Ports.moved(offset)).values()
        if not holders(port for service in every for port in service.ports.values()):
            return offset
    raise StageError("every port of every further cluster is held by somebody")


def _free_ports(count: int) -> list[int]:
    ports = random.sample(CLIENT_PORTS, 10 * count)
    held = holders(ports)
    return [port for port in ports if port not in held][:count]


def _config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads((CHECKOUT / "config.json").read_text())
    return config


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
