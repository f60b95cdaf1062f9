"""Who listens where: real sockets, held by this very process."""

import os
import socket

import pytest

from cluster.holders import holders


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_listener_is_found_with_its_process(address):
    with socket.create_server((address, 0)) as listener:
        port = listener.getsockname()[1]
        holder = holders([port, port + 1])[port]
    assert holder.process is not None
    assert holder.process.pid == os.getpid()
    assert str(os.getpid()) in holder.describe()


def test_a_free_port_has_no_holder(free_port):
    assert holders([free_port]) == {}


def test_a_client_of_a_port_does_not_hold_it():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        assert holders([client.getsockname()[1]]) == {}


def test_another_address_does_not_collide():
    with socket.create_server(("127.0.0.2", 0)) as listener:
        assert holders([listener.getsockname()[1]]) == {}
