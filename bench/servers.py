"""A redis-server of a benchmark's own, on a free port of 127.0.0.1."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

_PATIENCE_S = 20.0


@dataclass(frozen=True)
class RedisServer:
    """A server that runs."""

    port: int
    pid: int

    def client(self) -> redis.Redis:
        """Return a client of its own."""
        return redis.Redis(port=self.port)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Run an empty server with its log in ``folder``. It never dumps: a fork would disturb what is measured.

    Raises:
        RuntimeError: it does not start.

    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(["redis-server", *words], stdout=log, stderr=log)
    server = RedisServer(port, process.pid)
    try:
        _wait(server, process, folder)
        yield server
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: RedisServer, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(redis.ConnectionError), server.client() as client:
            client.ping()
            return
        time.sleep(0.05)
    raise RuntimeError(f"redis-server does not start; see {folder / 'redis.log'}")
