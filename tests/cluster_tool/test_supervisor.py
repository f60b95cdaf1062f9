"""What a supervisor remembers of workers from before it was down."""

import os

import pytest

from cluster.catalogue import services
from cluster.process import Process


@pytest.fixture
def supervisor(tmp_path):
    supervisor = services(tmp_path)["supervisor"]
    supervisor.home.create()
    for folder in ("workers/w1/heartbeats", "workers/w1/pids", "workers-users/w1", "supervisor/localstate"):
        (supervisor.home.data / folder).mkdir(parents=True)
    return supervisor


def test_heartbeats_of_workers_that_are_gone_are_forgotten_but_not_what_it_was_assigned(supervisor):
    supervisor.configure()
    assert not (supervisor.home.data / "workers").exists()
    assert (supervisor.home.data / "supervisor" / "localstate").is_dir()


def test_while_a_worker_lives_nothing_is_forgotten(supervisor, monkeypatch):
    (supervisor.home.data / "workers/w1/pids" / str(os.getpid())).touch()
    monkeypatch.chdir(supervisor.home.data)  # a component runs in the supervisor's folder
    assert [Process.of(os.getpid())] == supervisor.helpers()
    supervisor.configure()
    assert (supervisor.home.data / "workers/w1/heartbeats").is_dir()
