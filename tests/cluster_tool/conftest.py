"""A server that needs nothing but Python, run by the same service layer as the real ones."""

import random
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cluster.probes import ask
from cluster.service import Service

_SERVER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    link, _ = listener.accept()
    link.sendall(b"here")
    link.close()
"""


class Greeter(Service):
    """Says "here" to whoever connects."""

    program = _SERVER

    def configure(self) -> None:
        """Write nothing."""

    def command(self) -> list[str]:
        """Start this very Python."""
        return [sys.executable, "-c", self.program, str(self.port)]

    def answers(self) -> bool:
        """Connect, and listen."""
        return ask(self.port, b"", 4) == b"here"


def any_free_port() -> int:
    """Return a port that is free, and that the kernel does not give to some client's connection meanwhile."""
    while True:
        with suppress(OSError), socket.create_server(("127.0.0.1", random.randrange(20000, 32000))) as probe:
            return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """Return a port on which nobody listens."""
    return any_free_port()


@pytest.fixture
def greeter(tmp_path: Path, free_port: int) -> Iterator[Greeter]:
    """Return a service that is not started, and is stopped in the end."""
    service = Greeter("greeter", tmp_path / "greeter", {"clients": free_port})
    yield service
    service.stop()


@pytest.fixture
def greeters(tmp_path: Path) -> Iterator[Callable[..., dict[str, Greeter]]]:
    """Return a maker of several services; `needs` names what one of them waits for."""
    made: dict[str, Greeter] = {}

    def make(*names: str, needs: dict[str, str] | None = None) -> dict[str, Greeter]:
        for name in names:
            made[name] = Greeter(name, tmp_path / name, {"clients": any_free_port()})
            made[name].needs = ((needs or {})[name],) if name in (needs or {}) else ()
        return made

    yield make
    for service in made.values():
        service.stop()
