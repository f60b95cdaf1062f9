"""The command line, from the words that a person types to the exit code."""

import pytest
from typer.testing import CliRunner

from cluster import __main__ as command_line
from cluster.services.http import Http
from cluster.state import ServiceError, State
from tests.support.redis_server import free_port


@pytest.fixture
def run(greeters, monkeypatch, tmp_path):
    """Return a function that runs one command on a cluster of two services, and its exit code."""
    made = greeters("a", "b")
    monkeypatch.setattr(command_line, "services", lambda: made)
    http = Http("http", tmp_path / "http", {"http": free_port()})
    monkeypatch.setattr(command_line, "http", lambda: http)
    monkeypatch.setattr(command_line, "CLUSTER_HOME", tmp_path)
    monkeypatch.setattr(command_line.up.tools, "require", lambda tools, progress: None)
    runner = CliRunner()

    def run(*words: str) -> int:
        return runner.invoke(command_line.app, list(words)).exit_code

    run.services = made
    yield run
    http.stop()


def test_a_whole_life(run):
    assert run("status") == 1
    assert run("up") == 0
    assert run("status") == 0
    assert run("logs", "a", "-n", "3") == 0
    assert run("down") == 0
    assert run("clean") == 1  # nobody to ask
    assert run("clean", "--yes") == 0


def test_a_service_is_killed_and_restarted(run):
    run("up")
    process = run.services["a"].process
    assert run("kill", "a") == 0
    assert process.wait_gone(5)
    assert run("kill", "a") == 1
    assert run("restart", "a") == 0
    assert run.services["a"].state is State.UP


def test_one_service_is_stopped(run):
    run("up")
    assert run("stop", "a") == 0
    assert (run.services["a"].state, run.services["b"].state) == (State.STOPPED, State.UP)
    assert run("stop", "a") == 0


def test_the_http_service_is_started_on_request_and_ends_with_the_rest(run):
    assert run("up") == 0
    assert run("start", "http") == 0
    assert run("status") == 0
    assert run("down") == 0
    assert run("status") == 1


@pytest.mark.parametrize("signal", ["TERM", "SIGTERM", "term"])
def test_a_signal_has_a_name(run, signal):
    run("up")
    process = run.services["a"].process
    assert run("kill", "a", "--signal", signal) == 0
    assert process.wait_gone(5)


@pytest.mark.parametrize("words", [["logs", "c"], ["kill", "a", "--signal", "BANG"], ["restart"], ["dance"]])
def test_what_makes_no_sense_is_a_usage_error(run, words):
    assert run(*words) == 2


def test_what_is_wrong_is_told_without_a_traceback(run, monkeypatch, capsys):
    def broken():
        raise ServiceError("port 7 is held by pid 8 [and its friends]")

    monkeypatch.setattr(command_line, "services", broken)
    monkeypatch.setattr("sys.argv", ["cluster", "status"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 1
    assert capsys.readouterr().out == "port 7 is held by pid 8 [and its friends]\n"
