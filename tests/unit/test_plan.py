"""`dealstream plan`, and what `dealstream submit` refuses, with Nimbus and `sparse` played."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from dealstream.cli.budgeting import size
from dealstream.cli.main import app
from dealstream.stores import nimbus
from tests.support.events import event

ROOT = Path(__file__).parents[2]
CONFIG = """
name = "planned"
types = {impression = "shown", conversion = "bought"}
cuboids = [["deal"], {dimensions = ["gender", "deal"], tiles = ["day"], users = true}]
tiles = {day = "30d"}
dimensions.gender = {field = "gender", values = ["f", "m"]}
"""
BUDGET = """
[budget]
events = 10_000_000
events_per_second = 100
deals = 1_000
"""
OPTIONS = {"kafka.brokers": "nowhere:1", "hbase.thrift": "nowhere:1", "redis.servers": ["nowhere:1"]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a config.json of two environments, the second with four counters."""
    options = {f"dealstream.{name}": value for name, value in OPTIONS.items()}
    envs = {"dev": {"options": options}, "prod": {"options": options, "parallelism": {"bucket_counter": 4}}}
    (tmp_path / "config.json").write_text(json.dumps({"envs": envs}))
    monkeypatch.chdir(tmp_path)
    for variable in ("DEALSTREAM_CONFIG", "DEALSTREAM_ENV"):
        monkeypatch.delenv(variable, raising=False)


def configure(limits: str = "", config: str = CONFIG + BUDGET) -> None:
    Path("relevance.toml").write_text(config + limits)


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, list(arguments))


def write_sample(name: str = "sample.ndjson", count: int = 1000) -> None:
    """Write events of 10 deals and a user each, and a line that is none."""
    lines = (event(number, user=number, deal=f"d{number % 10}", gender="f") for number in range(count))
    Path(name).write_bytes(b"\n".join([*lines, b"{}"]))


def test_a_table_of_what_can_be_at_most():
    configure('memory = "1GB"')
    result = run("plan")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "10,000,000 events, 100 a second, 100 a flush; at most, by the configuration",
        "cuboid                tiles    buckets     MB  increments/s  updates/s",
        "deal                  ever       2,000    0.0           100        100",
        "gender,deal           31 days  248,000  161.2           100        100",
        "keys of deal cubes    ever       1,000    0.1             0          0",
        "keys of gender cubes  31 days      124    0.0             0          0",
        "all                            250,000  161.4           200        200",
        "fits the budget: 161.4 MB of 1.0 GB",
    ]


def test_a_sample_tells_better():
    configure("updates_per_second = 19")
    write_sample()
    result = run("plan", "sample.ndjson")
    assert result.exit_code == 1
    assert result.stderr.startswith("1 lines are no events and were left out; the first is sample.ndjson:1001: Object")
    lines = result.stdout.splitlines()
    assert lines[0] == "10,000,000 events, 100 a second, 100 a flush; by a sample of 1,000"
    assert lines[2].split() == ["deal", "ever", "10", "0.0", "100", "10"]
    assert lines[3].split()[:4] == ["gender,deal", "31", "days", "310"]
    assert lines[-1] == "over budget: updates_per_second 20 of 19 (1.1 times as much)"


def test_rate_and_sample_size_are_options():
    configure()
    write_sample()
    result = run("plan", "sample.ndjson", "--events", "200", "--rate", "2000", "--env", "prod")
    assert result.stdout.startswith("10,000,000 events, 2,000 a second, 500 a flush; by a sample of 200\n")
    assert result.stdout.endswith("\nfits the budget, which sets no limit\n")


def test_without_a_budget_there_is_an_estimate_all_the_same():
    configure(config=CONFIG)
    write_sample()
    declared, sampled = run("plan"), run("plan", "sample.ndjson")
    assert declared.stdout.startswith("any number of events, 1,000 a second, 1,000 a flush; at most")
    assert sampled.stdout.startswith("1,000 events, 1,000 a second, 1,000 a flush; by a sample of 1,000\n")
    assert sampled.stdout.endswith("\nthere is no [budget] to compare with\n")


def test_json_is_one_document():
    configure('memory = "1kB"')
    result = run("plan", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["expected"] == {"events": 10_000_000, "rate": 100, "window": 100}
    assert [(cost["name"], cost["grain"], cost["tiles"]) for cost in found["cuboids"]] == [
        ("deal", "ever", 1),
        ("gender,deal", "day", 31),
    ]
    assert found["total"]["buckets"] == 250_000
    assert found["budget"]["memory"] == 1000
    assert found["exceeded"] == [{"limit": "memory", "estimated": found["total"]["memory"], "allowed": 1000}]
    configure(config=CONFIG)
    found = json.loads(run("plan", "--json").stdout)
    assert (found["expected"]["events"], found["budget"], found["exceeded"]) == (None, None, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.ndjson"], "nowhere.ndjson: No such file or directory"),
        (["junk.ndjson"], "junk.ndjson: no line is an event of planned"),
        (["--env", "live"], "config.json: no environment 'live'; there are dev, prod"),
    ],
)
def test_what_is_wrong_is_told(arguments, message):
    configure()
    Path("junk.ndjson").write_text("{}\njunk\n")
    result = run("plan", *arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"dealstream: {message}"


def test_the_projects_own_configuration_fits_its_budget(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = run("plan")
    assert result.exit_code == 0
    assert "\nfits the budget: " in result.stdout


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (8e9, "8.0 GB"), (2.5e15, "2,500.0 TB")],
)
def test_sizes_are_written_as_people_read_them(count, text):
    assert size(count) == text


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Play a Nimbus that runs nothing, and return the commands that were run."""
    commands: list[list[str]] = []

    @contextmanager
    def open_nimbus(address: str, timeout_ms: int):
        yield SimpleNamespace(find=lambda name: None)

    def play(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(nimbus, "open_nimbus", open_nimbus)
    monkeypatch.setattr(subprocess, "run", play)
    return commands


def test_what_exceeds_its_budget_is_not_submitted(submitted):
    configure('memory = "100MB"\nupdates_per_second = 150')
    result = run("submit")
    assert (result.exit_code, submitted) == (2, [])
    assert result.stderr == (
        "dealstream: over budget: memory 161.4 MB of 100.0 MB (1.6 times as much), most of it gender,deal by day"
        " 161.2 MB, deal by ever 16.0 kB; updates_per_second 200 of 150 (1.3 times as much), most of it deal by ever"
        " 100, gender,deal by day 100. This is the most that can be, and far too much where data are sparse: --sample"
        " FILE tells better; count less, allow more in [budget], or submit with --over-budget\n"
    )


def test_a_sample_may_show_that_it_fits_or_that_it_does_not(submitted):
    configure('memory = "100MB"')
    write_sample()
    assert run("submit", "--sample", "sample.ndjson").exit_code == 0
    assert len(submitted) == 1
    configure('memory = "1kB"')
    result = run("submit", "--sample", "sample.ndjson")
    assert (result.exit_code, len(submitted)) == (2, 1)
    assert result.stderr.endswith(". Count less, allow more in [budget], or submit with --over-budget\n")


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        (CONFIG, []),
        (CONFIG + BUDGET, []),
        (CONFIG + BUDGET + 'memory = "1GB"', []),
        (CONFIG + BUDGET + 'memory = "1kB"', ["--over-budget"]),
    ],
)
def test_the_rest_is_submitted(submitted, config, arguments):
    configure(config=config)
    result = run("submit", *arguments)
    assert (result.exit_code, result.stdout) == (0, "submitted planned\n")
    assert submitted[0][:2] == ["sparse", "submit"]


def test_another_budget_is_no_reason_to_restart(submitted):
    for limits in ("", 'memory = "1GB"'):
        configure(limits)
        assert run("submit").exit_code == 0
    assert submitted[0] == submitted[1]
