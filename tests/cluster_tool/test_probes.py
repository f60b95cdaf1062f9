"""Each probe against a server that gives one canned answer."""

import socket
import struct
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from cluster import probes


@pytest.fixture
def server() -> Iterator[Callable[[bytes], int]]:
    """Return a maker of servers: each gives every client the same answer, at a port of its own."""
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, answer: bytes) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link:
                link.recv(4096)
                link.sendall(answer)

    def make(answer: bytes) -> int:
        listeners.append(socket.create_server(("127.0.0.1", 0)))
        Thread(target=serve, args=(listeners[-1], answer), daemon=True).start()
        return int(listeners[-1].getsockname()[1])

    yield make
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def thrift(kind: int, field: int, number: int) -> bytes:
    head = struct.pack(">Ii", 0x80010000 | kind, 9) + b"getLeader" + struct.pack(">i", 1)
    return struct.pack(">i", 28) + head + struct.pack(">bh", field, number) + b"\0" * 4


@pytest.mark.parametrize(
    ("probe", "yes", "no"),
    [
        (probes.redis_answers, b"+PONG\r\n", b"-LOADING Redis is loading\r\n"),
        (probes.zookeeper_answers, b"Zookeeper version: 3\nMode: standalone\n", b"This instance is not serving\n"),
        (probes.kafka_answers, struct.pack(">iih", 6, 1, 0), struct.pack(">iih", 6, 1, 35)),
        (probes.kafka_answers, struct.pack(">iih", 6, 1, 0), b"HTTP/1.1 400 Bad Request\r\n"),
        (probes.nimbus_leads, thrift(2, 12, 0), thrift(3, 11, 1)),
        (probes.nimbus_leads, thrift(2, 12, 0), thrift(2, 12, 1)),
        (probes.nimbus_leads, thrift(2, 12, 0), b""),
    ],
)
def test_a_probe_tells_yes_from_no(server, free_port, probe, yes, no):
    assert probe(server(yes))
    assert not probe(server(no))
    assert not probe(free_port)


def test_accepts(server, free_port):
    assert probes.accepts(server(b""))
    assert not probes.accepts(free_port)


def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr(probes, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not probes.redis_answers(silent.getsockname()[1])
