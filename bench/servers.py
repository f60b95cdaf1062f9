"""A Redis server of a benchmark's own, on a free port of 127.0.0.1."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from cluster.ports import HOST
from cluster.services.redis import redis_service


@dataclass(frozen=True)
class RedisServer:
    """A server that runs."""

    port: int
    pid: int

    def client(self) -> redis.Redis:
        """Return a client of its own."""
        return redis.Redis(HOST, self.port)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Run an empty server with all it writes in ``folder``. It never dumps: a fork would disturb what is measured.

    Raises:
        ServiceError: it does not start.

    """
    with redis_service(free_port(), folder).running() as service:
        assert service.pid is not None
        server = RedisServer(service.port, service.pid)
        with server.client() as client:
            client.config_set("save", "")
        yield server


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
