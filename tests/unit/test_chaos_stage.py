"""What a run is given: configuration at other ports, names of processes, dumps by their age."""

import os
from pathlib import Path

import pytest

from cluster.layout import CHECKOUT
from cluster.ports import Ports
from cluster.services.redis import redis_service
from dealstream.settings import load_environments, tuning_of
from harness.components import name_of
from harness.stage import config_of
from tests.chaos.dumps import Copy, Dumps, NoDumpError, dump_of, nearest

NOW = 10_000.0


def test_the_environment_names_the_runs_own_ports():
    before = load_environments(CHECKOUT / "config.json")
    made = config_of(Ports.moved(1000), ["127.0.0.1:7001", "127.0.0.1:7002"], {"options": {"dealstream.commit.ms": 7}})
    tuning = tuning_of(made["envs"]["dev"]["options"])
    assert made["envs"]["dev"]["nimbus"] == "127.0.0.1:17627"
    assert tuning.kafka_brokers == "127.0.0.1:20092"
    assert tuning.hbase_thrift == "127.0.0.1:20090"
    assert tuning.redis_servers == ("127.0.0.1:7001", "127.0.0.1:7002")
    assert tuning.commit_ms == 7
    assert made["envs"]["dev"]["parallelism"] == before["dev"]["parallelism"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/v/bin/python3 /v/bin/streamparse_run dealstream.spouts.kafka_events.KafkaEventSpout", "spout"),
        ("/v/bin/python3 /v/bin/streamparse_run dealstream.bolts.dedup.DedupBolt", "dedup"),
        ("java -Dstorm.id=chaos_1-1-2 -cp x org.apache.storm.daemon.worker.Worker chaos_1-1-2 s 1 2 3", "worker"),
        ("java -cp x org.apache.storm.LogWriter java -Dstorm.id=chaos_1-1-2 x", None),
        ("vi DedupBolt", None),
        ("", None),
    ],
)
def test_processes_are_known_by_their_command_lines(command, name):
    assert name_of(command) == name


@pytest.mark.parametrize(("moment", "written"), [(0, 10), (14, 10), (16, 20), (31, 40), (99, 40)])
def test_the_nearest_copy_is_taken(moment, written):
    copies = [Copy(Path(str(at)), at) for at in (10, 20, 40)]
    assert nearest(copies, moment).written == written


def test_without_a_copy_there_is_nothing_to_go_back_to():
    with pytest.raises(NoDumpError):
        nearest([], 5)


@pytest.fixture
def dumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dumps:
    """Return the dumps of a server that does not run."""
    server = redis_service(1, tmp_path / "redis-1", "redis-1")
    server.home.create()
    monkeypatch.setattr("tests.chaos.dumps._ask", lambda server: None)
    return Dumps({"redis-1": server}, tmp_path / "dumps", lambda: NOW)


def dump(tmp_path: Path, content: str, at: float) -> Path:
    path = dump_of(redis_service(1, tmp_path / "redis-1"))
    path.write_text(content)
    os.utime(path, (at, at))
    return path


def test_a_server_is_set_back_to_a_dump_of_about_that_age(dumps, tmp_path):
    for at in (9_000, 9_500, 9_900):
        place = dump(tmp_path, f"of {at}", at)
        dumps.look()
    assert dumps.set_back("redis-1", 450) == 500
    assert place.read_text() == "of 9500"


def test_a_dump_put_back_is_no_new_one(dumps, tmp_path):
    for at in (9_000, 9_900):
        dump(tmp_path, f"of {at}", at)
        dumps.look()
    dumps.set_back("redis-1", 1000)
    dumps.look()
    assert dumps.set_back("redis-1", 0) == 100


def test_only_so_many_copies_are_kept(dumps, tmp_path):
    for at in range(9_000, 9_100):
        dump(tmp_path, "", at)
        dumps.look()
    assert len(list((tmp_path / "dumps").iterdir())) == 40
