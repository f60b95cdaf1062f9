"""A Redis server's replica: started on request, and promoted to its server's address."""

import io
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cluster import __main__ as command_line
from cluster.catalogue import replicas, services
from cluster.commands.promote import promote
from cluster.services.redis import RedisReplica, redis_replica, redis_service
from cluster.state import ServiceError, State
from tests.cluster_tool.conftest import any_free_port

needs_redis = pytest.mark.skipif(
    not shutil.which("redis-server"), reason="no redis-server: apt-get install redis-server"
)


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[RedisReplica]:
    """Return the replica of a server; neither runs, and both are stopped in the end."""
    primary = redis_service(any_free_port(), tmp_path / "with a space" / "redis-1", "redis-1")
    made = redis_replica(primary, any_free_port())
    yield made
    made.stop()
    primary.stop()


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_every_redis_server_has_a_replica_beside_it():
    every = services(Path("nowhere"))
    found = replicas(every)
    assert {name: replica.port for name, replica in found.items()} == {
        "redis-1-replica": 16391,
        "redis-2-replica": 16392,
    }
    assert found["redis-1-replica"].home.root == Path("nowhere/redis-1-replica")
    assert found["redis-1-replica"].needs == ("redis-1",)


def test_nothing_is_promoted_without_a_replica(replica, console):
    with pytest.raises(ServiceError, match="python -m cluster start redis-1-replica"):
        promote(replica, console)


@needs_redis
@pytest.mark.parametrize("dies", [False, True], ids=["stopped", "killed"])
def test_a_promoted_replica_takes_the_servers_place(replica, console, dies):
    primary = replica.primary
    with primary.running():
        ask(primary.port, "SET n 1")
        with replica.running():
            pid = replica.pid
            if dies:
                victim = primary.process
                primary.kill()
                assert victim.wait_gone(5)
            assert promote(replica, console) == 0
            assert primary.ready()
            assert primary.pid == pid
            assert replica.state is State.STOPPED
            assert ask(primary.port, "INCR n") == ":2"
        primary.stop()
        primary.start()
        primary.wait_ready(10)
        assert ask(primary.port, "INCR n") == ":3", "it starts again with what it had as a replica"


@needs_redis
def test_a_server_has_a_new_replica_after_a_promotion(replica, console):
    with replica.primary.running(), replica.running():
        promote(replica, console)
        with replica.running():
            assert replica.pid != replica.primary.pid
            assert replica.ready()


@needs_redis
def test_from_the_command_line(replica, tmp_path, monkeypatch):
    monkeypatch.setattr(command_line, "services", lambda: {"redis-1": replica.primary})
    monkeypatch.setattr(command_line, "replicas", lambda services: {replica.name: replica})
    monkeypatch.setattr(command_line, "CLUSTER_HOME", tmp_path)

    def run(*words: str) -> int:
        return CliRunner().invoke(command_line.app, list(words)).exit_code

    assert run("promote", "redis-2") == 2
    assert run("up", "--replicas") == 0
    assert run("promote", "redis-1") == 0
    assert run("status") == 0
    assert run("start", "redis-1-replica") == 0
    replica.kill()
    assert run("status") == 1, "a replica that was started belongs to the cluster"
    assert run("down") == 0
    assert run("status") == 1


def ask(port: int, command: str) -> str:
    """Return the first line of the answer to a command."""
    with socket.create_connection(("127.0.0.1", port)) as link, link.makefile("rw", newline="\r\n") as lines:
        lines.write(command + "\r\n")
        lines.flush()
        return lines.readline().strip()
