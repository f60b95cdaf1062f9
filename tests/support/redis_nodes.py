"""A Redis Cluster of three nodes of a test's own, whose hash slots can be moved step by step, and whose nodes can die."""

import contextlib
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tests.support.redis_server import RedisServer, free_port
from tests.support.waiting import until

NODES = 3
# how long, in ms, a node that is silent counts as alive
NODE_TIMEOUT = 2000


class RedisNodes:
    """The nodes; at first each has a third of the hash slots."""

    def __init__(self, folder: Path) -> None:
        """Keep what the nodes write in ``folder``."""
        self._buses = [free_port() for _ in range(NODES)]
        self.nodes = [
            RedisServer(
                folder / f"node-{number}",
                cluster_enabled="yes",
                cluster_port=str(bus),
                cluster_config_file="nodes.conf",
                cluster_node_timeout=str(NODE_TIMEOUT),
            )
            for number, bus in enumerate(self._buses)
        ]

    @property
    def addresses(self) -> list[str]:
        """As settings name them."""
        return [node.address for node in self.nodes]

    def start(self) -> "RedisNodes":
        """Start the nodes and make them a cluster; returns when all say that it is one."""
        bounds = [REDIS_CLUSTER_HASH_SLOTS * number // NODES for number in range(NODES + 1)]
        for number, (node, (start, end)) in enumerate(zip(self.nodes, pairwise(bounds), strict=True)):
            node.start()
            with node.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", start, end - 1)
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                for known, bus in list(zip(self.nodes, self._buses, strict=True))[:number]:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", known.port, bus)
        self.wait_well()
        return self

    def wait_well(self) -> None:
        """Wait until every node says that all hash slots are served."""
        until(lambda: all(map(self._is_well, self.nodes)))

    def kill(self) -> None:
        """End all nodes as an accident would."""
        for node in self.nodes:
            node.kill()

    def holder(self, hash_slot: int) -> RedisServer:
        """Return the node that says that a hash slot is its own; of two that say so, either."""
        return next(node for node in self.nodes if hash_slot in self._own(node))

    def other(self, node: RedisServer) -> RedisServer:
        """Return another node."""
        return self.nodes[self.nodes.index(node) - 1]

    def keys(self, node: RedisServer, hash_slot: int) -> list[bytes]:
        """Return the keys of a hash slot that a node has."""
        with node.client() as client:
            return [key for key in client.keys() if key_slot(key) == hash_slot]

    def _is_well(self, node: RedisServer) -> bool:
        with contextlib.suppress(redis.RedisError), node.client() as client:
            info = client.execute_command("CLUSTER INFO")
            return (info["cluster_state"], info["cluster_known_nodes"]) == ("ok", str(NODES))
        return False

    def _own(self, node: RedisServer) -> Iterable[int]:
        with node.client() as client:
            known = client.execute_command("CLUSTER NODES")
        (myself,) = (each for each in known.values() if "myself" in each["flags"])
        return {slot for bounds in myself["slots"] for slot in range(int(bounds[0]), int(bounds[-1]) + 1)}


class Migration:
    """A hash slot on its way from its node to another one, a step at a time, as `redis-cli --cluster reshard` does it."""

    def __init__(self, nodes: RedisNodes, hash_slot: int) -> None:
        self._nodes = nodes
        self.hash_slot = hash_slot
        self.source = nodes.holder(hash_slot)
        self.target = nodes.other(self.source)

    def begin(self) -> "Migration":
        """Let both nodes know."""
        self._set(self.target, "IMPORTING", _id(self.source))
        self._set(self.source, "MIGRATING", _id(self.target))
        return self

    def move(self, keys: Iterable[bytes | str]) -> None:
        """Move some keys."""
        with self.source.client() as client:
            for key in keys:
                client.migrate("127.0.0.1", self.target.port, [key], 0, 5000)

    def move_all(self) -> None:
        """Move what is there still."""
        self.move(self._nodes.keys(self.source, self.hash_slot))

    def end(self) -> None:
        """Move the rest, and give the hash slot to the target."""
        self.move_all()
        for node in (self.target, self.source):
            self._set(node, "NODE", _id(self.target))

    def run(self) -> None:
        """Do it all."""
        self.begin()
        self.end()

    def _set(self, node: RedisServer, *words: str) -> None:
        with node.client() as client:
            client.execute_command("CLUSTER", "SETSLOT", self.hash_slot, *words)


def _id(node: RedisServer) -> str:
    with node.client() as client:
        return client.execute_command("CLUSTER", "MYID").decode()
