"""Where a run takes place: a cluster of its own, or the checkout's with Redis servers of its own.

Everything a run hurts belongs to its stage.
"""

import json
import os
import random
from collections.abc import Iterable, Iterator, Mapping
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
ENVIRONMENT = "dev"
"""The environment of config.json that commands work in unless told otherwise."""


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


def config_of(ports: Ports, redis: Iterable[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checkout's config.json with an environment `dev` at these ports and with these Redis servers.

    ``own`` wins over what config.json says: ``options`` one by one, anything else as a whole.
    """
    config: dict[str, Any] = json.loads((CHECKOUT / "config.json").read_text())
    dev = config["envs"][ENVIRONMENT]
    options = {
        **dev["options"],
        "dealstream.kafka.brokers": f"{HOST}:{ports.kafka}",
        "dealstream.hbase.thrift": f"{HOST}:{ports.hbase_thrift}",
        "dealstream.redis.servers": list(redis),
        **own.get("options", {}),
    }
    here = {**dev, **own, "nimbus": f"{HOST}:{ports.nimbus}", "options": options}
    return {**config, "envs": {ENVIRONMENT: here}}


@contextmanager
def own_cluster(home: Path, console: Console, own: Mapping[str, Any]) -> Iterator[Stage]:
    """Start a cluster with everything in `home`, stop it in the end; commands started meanwhile find it.

    ``own`` is what the environment has of its own; see `config_of`.
    """
    offset = free_offset()
    ports = Ports.moved(offset)
    every = services(home, ports)
    with ExitStack() as ending:
        ending.enter_context(_environment({HOME_VARIABLE: str(home), OFFSET_VARIABLE: str(offset)}))
        ending.callback(down, every, console)
        if up(every, console):
            raise StageError("the cluster does not come up")
        redis = (f"{HOST}:{port}" for port in (ports.redis_1, ports.redis_2))
        yield Stage(every, config_of(ports, redis, own))


@contextmanager
def private_redis(home: Path, own: Mapping[str, Any]) -> Iterator[Stage]:
    """Use the checkout's cluster, which must be up, with Redis servers in `home`; ``own`` as of `own_cluster`."""
    shared = {name: service for name, service in services().items() if not isinstance(service, Redis)}
    servers = {
        name: redis_service(port, home / name, name)
        for name, port in zip(("redis-1", "redis-2"), _free_ports(2), strict=True)
    }
    with ExitStack() as running:
        for server in servers.values():
            running.enter_context(server.running())
        config = config_of(Ports.here(), (f"{HOST}:{server.port}" for server in servers.values()), own)
        yield Stage({**shared, **servers}, config, frozenset(shared))


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


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
