"""Redis: counts in memory, dumped to disk on a schedule. A crash loses the last minutes; the pipeline repairs that."""

from collections.abc import Mapping
from pathlib import Path

from cluster.ports import HOST
from cluster.probes import ask, redis_answers
from cluster.service import Service
from cluster.state import ServiceError
from cluster.templates import render

REPLICA_PORT_STEP = 12
"""From a server's port to that of its replica."""


class Redis(Service):
    """A Redis server."""

    def configure(self) -> None:
        """Write redis.conf."""
        render("redis", self.home.conf, {"port": self.port, "data": self.home.data})

    def command(self) -> list[str]:
        """Start Debian's redis-server."""
        return ["redis-server", str(self.home.conf / "redis.conf")]

    def answers(self) -> bool:
        """Send PING."""
        return redis_answers(self.port)

    def tell(self, *words: object) -> None:
        """Send one command that is answered by a status such as OK; a ServiceError if it is not."""
        encoded = [str(word).encode() for word in words]
        request = b"".join((b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)))
        answer = ask(self.port, request, 3)
        if not answer.startswith(b"+"):
            said = answer.decode(errors="replace").strip().removeprefix("-") or "nothing"
            raise ServiceError(f"{self.name} answers {said!r} to {' '.join(map(str, words))}")


class RedisReplica(Redis):
    """A Redis server that follows another one, behind it by moments."""

    def __init__(self, name: str, home: Path, ports: Mapping[str, int], primary: Redis) -> None:
        """Follow `primary`, also when that is restarted."""
        super().__init__(name, home, ports)
        self.primary = primary
        self.needs = (primary.name,)

    def command(self) -> list[str]:
        """Start it as a replica whose folder may be changed: see `promote`."""
        replicate = ["--replicaof", HOST, str(self.primary.port), "--enable-protected-configs", "local"]
        return [*super().command(), *replicate]

    def answers(self) -> bool:
        """Ask whether it has a copy of everything and follows."""
        return b"master_link_status:up" in ask(self.port, b"INFO replication\r\nQUIT\r\n", 1 << 20)


def redis_service(port: int, home: Path, name: str = "redis") -> Redis:
    """Return a Redis server on a port of your choice, with everything it writes in `home`: for tests, say."""
    return Redis(name, home, {"clients": port})


def redis_replica(primary: Redis, port: int | None = None) -> RedisReplica:
    """Return the replica of a server; its folder lies beside the server's."""
    name = f"{primary.name}-replica"
    home = primary.home.root.with_name(f"{primary.home.root.name}-replica")
    return RedisReplica(name, home, {"clients": port or primary.port + REPLICA_PORT_STEP}, primary)
