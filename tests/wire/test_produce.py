"""`dealstream produce` as a command, against the broker that librdkafka itself plays."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from typer.testing import CliRunner, Result

from dealstream.cli.main import app

CONFIG = """
name = "wire"
types = {impression = "shown", conversion = "bought"}
cuboids = [["deal"]]
"""


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Play a broker with the deployment's topic, and stand in a folder whose config.json leads to it."""
    player = Producer({"bootstrap.servers": "played", "test.mock.num.brokers": 1, "log_level": 2})
    played = player.list_topics("wire.events", timeout=5)
    address = ",".join(f"{broker.host}:{broker.port}" for broker in played.brokers.values())
    options = {"kafka.brokers": address, "hbase.thrift": "nowhere:1", "redis.servers": ["nowhere:1"]}
    envs = {"dev": {"options": {f"dealstream.{name}": value for name, value in options.items()}}}
    (tmp_path / "config.json").write_text(json.dumps({"envs": envs}))
    (tmp_path / "relevance.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    for variable in ("DEALSTREAM_CONFIG", "DEALSTREAM_ENV"):
        monkeypatch.delenv(variable, raising=False)
    yield address
    player.flush()


def produce(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["produce", *arguments])


def event(number: int) -> bytes:
    return json.dumps({"id": number, "time": 0, "type": "shown", "user": f"u{number}", "deal": "d"}).encode()


def sent(address: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test", "log_level": 2})
    consumer.assign([TopicPartition("wire.events", partition, 0) for partition in range(4)])
    found = [consumer.poll(10).value() for _ in range(count)]
    assert consumer.poll(0.2) is None
    consumer.close()
    return sorted(found)


def test_events_are_sent(broker):
    lines = [event(number) for number in range(100, 200)]
    Path("f.ndjson").write_bytes(b"\n".join(lines))
    result = produce("f.ndjson")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("100 events to wire.events in ")
    assert result.stderr == ""
    assert sent(broker, 100) == lines


def test_bad_lines_are_listed_not_sent_and_a_failure(broker):
    lines = [event(1), b"junk", event(2), *[b"[]"] * 30]
    Path("f.ndjson").write_bytes(b"\n".join(lines))
    result = produce("f.ndjson")
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in told[:-1]] == [
        "f.ndjson:2", *(f"f.ndjson:{number}" for number in range(4, 23)),
    ]  # fmt: skip
    assert told[-1] == "31 lines are no events and were not sent"
    assert sent(broker, 2) == [event(1), event(2)]


def test_bad_lines_may_be_skipped(broker):
    Path("f.ndjson").write_bytes(b"junk\n" + event(1))
    result = produce("f.ndjson", "--skip-bad")
    assert result.exit_code == 0
    assert "1 lines are no events" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["missing.ndjson"], 2, "missing.ndjson: No such file or directory"),
        (["-", "--loop"], 2, "--loop needs a file: standard input can be read only once"),
        (["relevance.toml", "--env", "prod"], 2, "config.json: no environment 'prod'; there are dev"),
        (["relevance.toml", "--config", "other.toml"], 1, "no topic other.events; `dealstream create` makes it"),
        (["relevance.toml", "--config", "bad.toml"], 2, "bad.toml:5: cuboids.0: no dimension is called 'colour'"),
    ],
)
def test_what_is_wrong_is_one_line(broker, arguments, exit_code, message):
    Path("other.toml").write_text(CONFIG.replace("wire", "other"))
    Path("bad.toml").write_text(CONFIG.replace('["deal"]', '\n["deal", "colour"]'))
    result = produce(*arguments)
    assert result.exit_code == exit_code
    assert result.stderr.startswith("dealstream: ")
    assert result.stderr.endswith(f"{message}\n")
    assert result.stderr.count("\n") == 1
