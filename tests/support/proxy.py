"""A proxy between a client and a server, whose connections a test can cut."""

import contextlib
import socket
from threading import Thread


class Proxy:
    """Passes bytes between 127.0.0.1 at a port of its own and ``target`` (``host:port``)."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._links: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.accepted = 0
        self._refusing = False
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, as a server does with idle ones; new ones are taken."""
        for link in self._links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._links.clear()

    def refuse(self, refusing: bool = True) -> None:
        """End all connections, and until told otherwise every new one too."""
        self._refusing = refusing
        self.cut()

    def close(self) -> None:
        """End."""
        self.refuse()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                if self._refusing:
                    here.close()
                    continue
                self.accepted += 1
                there = socket.create_connection(self._target)
                self._links += (here, there)
                for source, sink in ((here, there), (there, here)):
                    Thread(target=_pass, args=(source, sink), daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        source.shutdown(socket.SHUT_RDWR)
    source.close()
