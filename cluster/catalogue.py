"""The services of the cluster, in the order in which they are started and shown."""

from collections.abc import Mapping
from pathlib import Path

from cluster.layout import CLUSTER_HOME
from cluster.ports import Ports
from cluster.service import Service
from cluster.services.hbase import hbase_service
from cluster.services.http import Http
from cluster.services.kafka import kafka_service
from cluster.services.redis import Redis, RedisReplica, redis_replica, redis_service
from cluster.services.storm import Nimbus, Supervisor
from cluster.services.zookeeper import zookeeper_service


def services(home: Path = CLUSTER_HOME, ports: Ports | None = None) -> dict[str, Service]:
    """Every service by its name; each has a folder of that name in `home`."""
    at = ports or Ports.here()
    storm = {
        "zookeeper": at.zookeeper,
        "nimbus": at.nimbus,
        "supervisor": at.supervisor,
        "slots": list(at.supervisor_slots),
    }
    slots = {f"slot {number}": port for number, port in enumerate(at.supervisor_slots)}
    every: list[Service] = [
        redis_service(at.redis_1, home / "redis-1", "redis-1"),
        redis_service(at.redis_2, home / "redis-2", "redis-2"),
        zookeeper_service(at.zookeeper, home / "zookeeper"),
        Nimbus("nimbus", home / "nimbus", {"thrift": at.nimbus}, storm),
        Supervisor("supervisor", home / "supervisor", {"thrift": at.supervisor, **slots}, storm),
        kafka_service(at.kafka, at.kafka_controller, home / "kafka"),
        hbase_service(
            thrift=at.hbase_thrift,
            zookeeper=at.hbase_zookeeper,
            master=at.hbase_master,
            regionserver=at.hbase_regionserver,
            home=home / "hbase",
        ),
    ]
    return {service.name: service for service in every}


def http(home: Path = CLUSTER_HOME, ports: Ports | None = None) -> Http:
    """Return the HTTP service, which is started on request only."""
    return Http("http", home / "http", {"http": (ports or Ports.here()).http})


def replicas(services: Mapping[str, Service]) -> dict[str, RedisReplica]:
    """Return a replica of each Redis server by its name; they are started on request only."""
    found = (redis_replica(service) for service in services.values() if isinstance(service, Redis))
    return {replica.name: replica for replica in found}
