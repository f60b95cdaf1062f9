"""A redis-server of one test's own, that may die, freeze, and come back with an older dump."""

import contextlib
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import redis

from tests.support.waiting import until


def need_redis() -> None:
    """Skip a test on a machine without Redis."""
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server on the PATH; `apt-get install redis-server` brings it")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A server on a free port of 127.0.0.1, with everything it writes in ``folder``. It dumps only when told to."""

    def __init__(self, folder: Path, **options: str) -> None:
        """Run with these ``options`` beside its own, an underscore for each hyphen."""
        self._folder = folder
        self._options = {name.replace("_", "-"): value for name, value in options.items()}
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        """As settings name it."""
        return f"127.0.0.1:{self.port}"

    def client(self) -> redis.Redis:
        """Return a client of its own."""
        return redis.Redis(port=self.port)

    def start(self) -> "RedisServer":
        """Start it, with what its last dump holds; returns when it answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "save": "", "appendonly": "no"}
        options |= {"repl-diskless-sync-delay": 0, **self._options}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(["redis-server", *words], stdout=log, stderr=log)
        log.close()
        until(self._answers)
        return self

    def dump(self) -> None:
        """Write the dump it will come back with."""
        with self.client() as client:
            client.save()

    def set_back(self) -> None:
        """Let it die and come back with its last dump."""
        self.kill()
        self.start()

    def lose_disk(self) -> None:
        """Take away the folder it saves to."""
        shutil.rmtree(self._folder)

    def kill(self) -> None:
        """End it as an accident would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it answer nothing, but keep its connections."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it was."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with contextlib.suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False
