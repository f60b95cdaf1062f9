"""Questions that tell whether a server serves, each in its own protocol, with nothing but a socket."""

import socket
import struct

from cluster.ports import HOST

_SECONDS = 2.0
_API_VERSIONS = 18
_THRIFT_CALL = 0x80010001
_THRIFT_REPLY = 2
_THRIFT_STRUCT = 12


def accepts(port: int) -> bool:
    """Tell whether somebody takes connections there."""
    try:
        socket.create_connection((HOST, port), _SECONDS).close()
        return True
    except OSError:
        return False


def ask(port: int, question: bytes, enough: int) -> bytes:
    """Send bytes and read until `enough` have come or the server closes; empty when it does not answer in time."""
    answer = b""
    try:
        with socket.create_connection((HOST, port), _SECONDS) as link:
            link.settimeout(_SECONDS)
            link.sendall(question)
            while len(answer) < enough and (piece := link.recv(65536)):
                answer += piece
    except OSError:
        return b""
    return answer


def redis_answers(port: int) -> bool:
    """PING gives PONG: the dump is loaded."""
    return ask(port, b"PING\r\n", 7).startswith(b"+PONG")


def zookeeper_answers(port: int) -> bool:
    """`srvr` tells a mode: the server serves, where before it only listens."""
    return b"Mode:" in ask(port, b"srvr", 1 << 20)


def zookeeper_session_nodes(port: int) -> str:
    """`dump`: the nodes that live as long as a client's session, such as a registered supervisor."""
    return ask(port, b"dump", 1 << 20).decode(errors="replace")


def kafka_answers(port: int) -> bool:
    """ApiVersions is answered without an error: the broker has enabled request processing."""
    request = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
    answer = ask(port, struct.pack(">i", len(request)) + request, 10)
    return len(answer) >= 10 and struct.unpack(">iih", answer[:10])[1:] == (1, 0)


def nimbus_leads(port: int) -> bool:
    """Thrift's `getLeader()` gives a result and not an exception: this Nimbus has been elected."""
    call = struct.pack(">I", _THRIFT_CALL) + struct.pack(">i", 9) + b"getLeader" + struct.pack(">i", 1) + b"\0"
    answer = ask(port, struct.pack(">i", len(call)) + call, 28)
    if len(answer) < 28:
        return False
    kind, (field, number) = answer[7], struct.unpack(">bh", answer[25:28])  # length, version, name, sequence, result
    return (kind, field, number) == (_THRIFT_REPLY, _THRIFT_STRUCT, 0)
