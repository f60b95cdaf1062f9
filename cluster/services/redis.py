"""Redis: counts in memory, dumped to disk on a schedule. A crash loses the last minutes; the pipeline repairs that."""

from pathlib import Path

from cluster.probes import redis_answers
from cluster.service import Service
from cluster.templates import render


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


def redis_service(port: int, home: Path, name: str = "redis") -> Redis:
    """Return a Redis server on a port of your choice, with everything it writes in `home`: for tests, say."""
    return Redis(name, home, {"clients": port})
