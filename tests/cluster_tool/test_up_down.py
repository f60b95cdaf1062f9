"""`up` finishes what is missing and starts nothing twice; `down` and `clean` undo it."""

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cluster.board import Board
from cluster.catalogue import services
from cluster.commands import clean, down, status, up
from cluster.engine import Engine
from cluster.ports import OFFSET_VARIABLE, Ports
from cluster.state import State


@pytest.fixture(autouse=True)
def no_tools(monkeypatch):
    """Let these services need nothing that is not here."""
    monkeypatch.setattr(up.tools, "require", lambda tools, progress: None)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def told(console: Console) -> str:
    return console.file.getvalue()


def test_up_twice_starts_nothing_the_second_time(greeters, console):
    made = greeters("a", "b", needs={"b": "a"})
    assert up.up(made, console) == 0
    pids = [service.pid for service in made.values()]
    assert all(pids)
    assert up.up(made, console) == 0
    assert [service.pid for service in made.values()] == pids
    assert told(console).endswith("all 2 services are up\n")


def test_up_finishes_a_half_started_cluster(greeters, console):
    made = greeters("a", "b")
    made["a"].start()
    first = made["a"].pid
    assert up.up(made, console) == 0
    assert made["a"].pid == first
    assert made["b"].ready()


def test_up_brings_back_only_what_died(greeters, console):
    made = greeters("a", "b")
    up.up(made, console)
    victim, other = made["a"].process, made["b"].pid
    victim.kill()
    assert up.up(made, console) == 0
    assert made["b"].pid == other
    assert made["a"].pid != victim.pid


def test_a_failure_is_told_with_its_log_and_stops_what_needs_it(greeters, console):
    made = greeters("a", "b", "c", needs={"b": "a"})
    made["a"].program = "raise SystemExit('the reason')"
    assert up.up(made, console) == 1
    assert "the reason" in told(console)
    assert str(made["a"].log) in told(console)
    assert "not started: waits for a" in told(console)
    assert made["c"].state is State.UP
    assert made["b"].state is State.STOPPED


def test_down_stops_everything_and_then_nothing(greeters, console):
    made = greeters("a", "b", needs={"b": "a"})
    up.up(made, console)
    assert down.down(made, console) == 0
    assert [service.state for service in made.values()] == [State.STOPPED] * 2
    assert down.down(made, console) == 0
    assert told(console).endswith("nothing runs\n")


def test_status_tells_people_and_programs(greeters, console, capsys):
    made = greeters("a", "b")
    made["a"].start()
    made["a"].wait_ready(10)
    assert status.status(made, console, as_json=True) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(row["service"], row["state"]) for row in rows] == [("a", "up"), ("b", "stopped")]
    assert rows[0]["pid"] == made["a"].pid
    assert rows[0]["memory_mb"] > 0
    up.up(made, console)
    assert status.status(made, console, as_json=False) == 0
    assert str(made["b"].port) in told(console)


def test_clean_asks_before_it_destroys(greeters, console, monkeypatch):
    made = greeters("a", "b")
    up.up(made, console)
    (made["a"].home.data / "precious").write_text("x" * 1000)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert clean.clean(made, console, consent=False) == 1
    assert "1.0 kB" in told(console)
    assert "refused" in told(console)
    assert made["a"].ready()
    assert clean.clean(made, console, consent=True) == 0
    assert not made["a"].home.root.exists()
    assert clean.clean(made, console, consent=True) == 0


def test_the_plan_of_a_first_start():
    engines = [Engine("storm"), Engine("kafka"), Engine("hbase")]
    tasks, after = up.plan(services(Path("nowhere")).values(), engines, Board(Console(file=io.StringIO())))
    assert set(tasks) == {"fetch storm", "fetch kafka", "fetch hbase", *services(Path("nowhere"))}
    assert after["fetch kafka"] == ("fetch storm",)
    assert after["nimbus"] == after["supervisor"] == ("zookeeper", "fetch storm")
    assert "fetch hbase" in after["hbase"]
    assert not set(after["redis-1"]) & set(tasks)


def test_the_plan_of_nothing_is_empty():
    assert up.plan([], [], Board(Console(file=io.StringIO()))) == ({}, {})


def test_no_two_services_share_a_port():
    ports = [port for service in services(Path("nowhere"), Ports()).values() for port in service.ports.values()]
    assert len(ports) == len(set(ports))


def test_a_further_cluster_shares_no_port_with_the_first():
    ports = [
        port
        for p in (Ports(), Ports.moved(1000))
        for s in services(Path("nowhere"), p).values()
        for port in s.ports.values()
    ]
    assert len(ports) == len(set(ports))


def test_the_environment_moves_every_port(monkeypatch):
    monkeypatch.setenv(OFFSET_VARIABLE, "1000")
    assert Ports.here() == Ports.moved(1000)
    monkeypatch.delenv(OFFSET_VARIABLE)
    assert Ports.here() == Ports()
