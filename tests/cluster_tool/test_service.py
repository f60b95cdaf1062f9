"""The life of a service, with a server of a few lines."""

import os
import shutil
import signal
import socket
from dataclasses import replace

import pytest

from cluster.process import Process
from cluster.services.redis import redis_service
from cluster.state import ServiceError, State


def test_from_stopped_to_up_and_back(greeter):
    assert greeter.state is State.STOPPED
    assert greeter.start()
    greeter.wait_ready(10)
    assert greeter.ready()
    assert greeter.state is State.UP
    assert greeter.stop()
    assert greeter.state is State.STOPPED
    assert not greeter.stop()


def test_a_running_service_is_not_started_again(greeter):
    with greeter.running():
        pid = greeter.pid
        assert not greeter.start()
        assert greeter.pid == pid


def test_a_killed_service_is_dead_and_starts_anew(greeter):
    with greeter.running():
        first = greeter.process
        assert greeter.kill(signal.SIGKILL)
        assert first.wait_gone(5)
        assert greeter.state is State.DEAD
        assert not greeter.kill()
        assert greeter.start()
        greeter.wait_ready(10)
        assert greeter.pid != first.pid


def test_a_pid_file_of_an_earlier_life_is_not_believed(greeter):
    greeter.home.create()
    own = Process.of(os.getpid())
    replace(own, started=own.started - 1).save(greeter.home.pid_file)
    assert greeter.state is State.DEAD
    assert greeter.pid is None
    assert greeter.stop() is False  # and this test is still here to see it


def test_a_port_held_by_a_stranger_is_one_clear_line(greeter):
    with socket.create_server(("127.0.0.1", greeter.port)), pytest.raises(ServiceError) as caught:
        greeter.start()
    told = str(caught.value)
    assert all(word in told for word in (str(greeter.port), "greeter", "clients", str(os.getpid()), "stop it"))
    assert "\n" not in told
    assert greeter.state is State.STOPPED


def test_somebody_elses_answer_is_not_ours(greeter, monkeypatch):
    monkeypatch.setattr(greeter, "answers", lambda: True)
    assert not greeter.ready()


def test_a_death_at_the_start_shows_the_end_of_the_log(greeter):
    greeter.program = "print('Exception: the reason'); print('\\tat a.stack.Frame'); raise SystemExit(1)"
    with pytest.raises(ServiceError) as caught, greeter.running():
        pytest.fail("it is not running")
    assert "the reason" in str(caught.value)
    assert "Frame" not in str(caught.value)
    assert str(greeter.log) in str(caught.value)


def test_whoever_never_answers_is_told_of_in_time(greeter):
    greeter.program = "import time; time.sleep(60)"
    greeter.start()
    assert greeter.state is State.STARTING
    with pytest.raises(ServiceError, match="does not answer"):
        greeter.wait_ready(0.3)


def test_helpers_end_with_their_service(greeters, monkeypatch):
    made = greeters("server", "helper")
    with made["server"].running(), made["helper"].running():
        helper = made["helper"].process
        monkeypatch.setattr(made["server"], "helpers", lambda: [helper] if helper.alive() else [])
        assert made["server"].stop()
        assert not helper.alive()


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server: apt-get install redis-server")
def test_a_private_redis_keeps_its_data(tmp_path, free_port):
    redis = redis_service(free_port, tmp_path / "redis")
    for expected in (b":1", b":2"):
        with redis.running(), socket.create_connection(("127.0.0.1", free_port)) as link:
            link.sendall(b"INCR n\r\nSAVE\r\n")
            assert link.recv(64).startswith(expected)
