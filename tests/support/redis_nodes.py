"""A Redis Cluster of a test's own: its hash slots can be moved a step at a time, and its nodes can die."""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tests.support.redis_server import RedisServer, free_port, need_redis
from tests.support.waiting import until

NODES = 3
# how long, in ms, a node that is silent counts as alive
NODE_TIMEOUT = 2000


class RedisNodes:
    """The nodes; at first each has a third of the hash slots."""

    def __init__(self, folder: Path) -> None:
        """Keep what the nodes write in ``folder``."""
        self._folder = folder
        self._first_bus = free_port()
        self.nodes: list[RedisServer] = []
        self.replicas: list[RedisServer] = []

    @property
    def addresses(self) -> list[str]:
        """As settings name them."""
        return [node.address for node in self.nodes]

    def start(self) -> "RedisNodes":
        """Start the nodes and make them a cluster; returns when all say that it is one."""
        bounds = [REDIS_CLUSTER_HASH_SLOTS * number // NODES for number in range(NODES + 1)]
        for start, end in pairwise(bounds):
            with self._add().client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", start, end - 1)
        self.wait_well()
        return self

    def add_replica(self, node: RedisServer) -> RedisServer:
        """Add a replica of a node; returns when it has what the node has."""
        with node.client() as client, self._add().client() as replica:
            self.wait_well()
            replica.execute_command("CLUSTER", "REPLICATE", self.id(node))
            self.replicas.append(self.nodes[-1])
            until(lambda: client.wait(1, 1000))
        return self.nodes[-1]

    def wait_well(self) -> None:
        """Wait until every node says that all hash slots are served."""
        until(lambda: all(map(self._is_well, self.nodes)))

    def everywhere(self, *command: str | int) -> None:
        """Let every node do something."""
        for node in self.nodes:
            with node.client() as client:
                client.execute_command(*command)

    def kill(self) -> None:
        """End all nodes as an accident would."""
        for node in self.nodes:
            node.kill()

    def holder(self, hash_slot: int) -> RedisServer:
        """Return the node that says that a hash slot is its own; of two that say so, either."""
        return next(node for node in self.nodes if hash_slot in self.own(node))

    def own(self, node: RedisServer) -> set[int]:
        """Return the hash slots that a node says are its own."""
        with node.client() as client:
            known = client.execute_command("CLUSTER NODES")
        (myself,) = (each for each in known.values() if "myself" in each["flags"])
        return {slot for bounds in myself["slots"] for slot in range(int(bounds[0]), int(bounds[-1]) + 1)}

    def id(self, node: RedisServer) -> str:
        """Return what the cluster calls a node."""
        with node.client() as client:
            return client.execute_command("CLUSTER", "MYID").decode()

    def keys(self, node: RedisServer, hash_slot: int) -> list[bytes]:
        """Return the keys of a hash slot that a node has."""
        with node.client() as client:
            return [key for key in client.keys("*") if key_slot(key) == hash_slot]

    def _add(self) -> RedisServer:
        """Start a node that knows the first one."""
        bus = free_port() if self.nodes else self._first_bus
        node = RedisServer(
            self._folder / f"node-{len(self.nodes)}",
            cluster_enabled="yes",
            cluster_port=str(bus),
            cluster_node_timeout=str(NODE_TIMEOUT),
        )
        self.nodes.append(node.start())
        with node.client() as client:
            # as `redis-cli --cluster create` does: of nodes of one epoch, those that settle it later take slots back
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", len(self.nodes))
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, self._first_bus)
        return node

    def _is_well(self, node: RedisServer) -> bool:
        with contextlib.suppress(redis.RedisError), node.client() as client:
            info = client.execute_command("CLUSTER INFO")
            return (info["cluster_state"], info["cluster_known_nodes"]) == ("ok", str(len(self.nodes)))
        return False


def running_nodes(folder: Path) -> Iterator[RedisNodes]:
    """Yield a Redis Cluster that runs: the body of a fixture."""
    need_redis()
    nodes = RedisNodes(folder)
    try:
        yield nodes.start()
    finally:
        nodes.kill()


class Migration:
    """A hash slot on its way to another node, a step at a time: as `redis-cli --cluster reshard` does it."""

    def __init__(self, nodes: RedisNodes, key: str, target: RedisServer | None = None) -> None:
        """Take the hash slot of a key."""
        self._nodes = nodes
        self.hash_slot = key_slot(key.encode())
        self.source = nodes.holder(self.hash_slot)
        self.target = target or nodes.nodes[nodes.nodes.index(self.source) - 1]

    def begin(self) -> "Migration":
        """Let both nodes know."""
        self._set(self.target, "IMPORTING", self._nodes.id(self.source))
        self._set(self.source, "MIGRATING", self._nodes.id(self.target))
        return self

    def move(self, keys: Iterable[bytes | str]) -> None:
        """Move some keys."""
        with self.source.client() as client:
            for key in keys:
                client.migrate("127.0.0.1", self.target.port, [key], 0, 5000)

    def move_all(self) -> None:
        """Move what is there still."""
        self.move(self._nodes.keys(self.source, self.hash_slot))

    def halt(self) -> None:
        """Let the source have the hash slot again, but not the keys that have moved."""
        self._set(self.source, "STABLE")

    def take(self) -> None:
        """Move the rest, and let the target have the hash slot; it tells the source, sooner or later."""
        self.move_all()
        self._set(self.target, "NODE", self._nodes.id(self.target))

    def end(self) -> None:
        """Take it, and tell all nodes at once, as redis-cli does: by themselves they hear of it sooner or later."""
        self.take()
        for node in self._nodes.nodes:
            if node not in (self.target, *self._nodes.replicas):
                self._set(node, "NODE", self._nodes.id(self.target))

    def run(self) -> None:
        """Do it all."""
        self.begin()
        self.end()

    def _set(self, node: RedisServer, *words: str) -> None:
        with node.client() as client:
            client.execute_command("CLUSTER", "SETSLOT", self.hash_slot, *words)
