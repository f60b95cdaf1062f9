"""Settings: defaults, config.json and the command line, in that order; what is wrong is named."""

import json
from types import SimpleNamespace

import pytest

from dealstream.settings import (
    RELEVANCE_KEY,
    Settings,
    SettingsError,
    load,
    load_environments,
    parallelism,
    relevance_path,
    tuning_of,
)
from dealstream.stores.open import on_redis_cluster, open_placement
from dealstream.stores.redis_cluster import RedisCluster
from dealstream.stores.redis_servers import RedisServers
from tests.support.events import RELEVANCE, TABLE

ADDRESSES = {
    "dealstream.kafka.brokers": "k:9092",
    "dealstream.hbase.thrift": "h:9090",
    "dealstream.redis.servers": ["r:6379"],
}
TOML = '[types]\nimpression = "a"\nconversion = "b"\n'


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a relevance.toml and a config.json of two environments."""
    (tmp_path / "relevance.toml").write_text(f'name = "x"\ncuboids = [["deal"]]\n{TOML}')
    envs = {
        "dev": {"nimbus": "n:6627", "options": {**ADDRESSES, "dealstream.batch.events": 7, "topology.workers": 1}},
        "prod": {"options": ADDRESSES, "parallelism": {"dedup": 3}},
    }
    (tmp_path / "config.json").write_text(json.dumps({"envs": envs}))
    return tmp_path


def load_from(folder, env="dev") -> Settings:
    return load(env, folder / "relevance.toml", folder / "config.json")


def test_an_environment_wins_over_the_defaults(folder):
    dev, prod = load_from(folder, "dev"), load_from(folder, "prod")
    assert (dev.tuning.batch_events, prod.tuning.batch_events) == (7, 1000)
    assert (dev.nimbus, prod.nimbus) == ("n:6627", "")
    assert dev.tuning.redis_servers == ("r:6379",)
    assert dev.relevance.name == "x"


@pytest.mark.parametrize(("said", "kind"), [(None, RedisServers), (False, RedisServers), (True, RedisCluster)])
def test_the_counters_are_on_servers_or_on_a_redis_cluster(folder, said, kind):
    options = ADDRESSES if said is None else {**ADDRESSES, "dealstream.redis.cluster": said}
    settings = Settings(RELEVANCE, tuning_of(options))
    placement = open_placement(settings)
    assert type(placement) is kind
    assert on_redis_cluster(settings) is (kind is RedisCluster)
    placement.close()


@pytest.mark.filterwarnings("ignore:(TripleDES|Blowfish) has been moved")
def test_the_command_line_wins_over_the_environment(folder):
    """By streamparse's own merging, which `sparse submit` and `sparse run` use."""
    from streamparse.cli.common import resolve_options  # brings in paramiko, which is slow and warns

    env = load_environments(folder / "config.json")["dev"]
    topology = SimpleNamespace(config={RELEVANCE_KEY: TABLE})
    merged = resolve_options(
        {"dealstream.batch.events": 9, "topology.acker.executors": 1, "topology.workers": 1},
        {**env, "use_virtualenv": False},
        topology,
        "relevance",
        local_only=True,
    )
    settings = Settings.of_storm(merged)
    assert settings.tuning.batch_events == 9
    assert settings.relevance == RELEVANCE


def test_what_storm_hands_over_is_read_back():
    conf = {
        **ADDRESSES,
        RELEVANCE_KEY: TABLE,
        "dealstream.build": "b1",
        "dealstream.schema": "0a1b2c",
        "topology.debug": False,
    }
    conf = json.loads(json.dumps(conf))
    settings = Settings.of_storm(conf)
    assert settings.relevance == RELEVANCE
    assert settings.tuning.kafka_brokers == "k:9092"


WRONG = {
    "unknown": ({"dealstream.batch.event": 5}, "unknown field `batch.event`"),
    "of the wrong type": ({"dealstream.batch.events": "many"}, "Expected `int`, got `str` - at `$.batch.events`"),
    "servers as text": ({"dealstream.redis.servers": "r:6379"}, "Expected `array`, got `str` - at `$.redis.servers`"),
    "no server": ({"dealstream.redis.servers": []}, "must name at least one server"),
    "zero": ({"dealstream.commit.ms": 0}, "dealstream.commit.ms must be positive, not 0"),
    "negative": ({"dealstream.dedup.slices": -1}, "dealstream.dedup.slices must be positive, not -1"),
    "no probability": ({"dealstream.dedup.error.rate": 1.0}, "dealstream.dedup.error.rate must lie between 0 and 1"),
    "no truth": ({"dealstream.redis.cluster": "yes"}, "Expected `bool`, got `str` - at `$.redis.cluster`"),
    "missing": ({"dealstream.kafka.brokers": ...}, "missing required field `kafka.brokers`"),
}


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_option_is_named(folder, change, problem):
    options = {key: value for key, value in {**ADDRESSES, **change}.items() if value is not ...}
    with pytest.raises(SettingsError) as refusal:
        tuning_of(options)
    assert problem in str(refusal.value)
    path = folder / "config.json"
    path.write_text(json.dumps({"envs": {"dev": {"options": options}}}))
    with pytest.raises(SettingsError) as refusal:
        load_from(folder)
    assert str(refusal.value).startswith(f"{path}: envs.dev.options")


def test_an_unknown_environment_is_refused_and_the_known_are_listed(folder):
    with pytest.raises(SettingsError, match=r"config\.json: no environment 'live'; there are dev, prod"):
        load_from(folder, "live")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file; run this in the project's folder"),
        ("{", "it must be JSON with an object `envs`"),
        ("[]", "it must be JSON with an object `envs`"),
        ("{}", "it must be JSON with an object `envs`"),
        ('{"envs": []}', "`envs` must be an object"),
        ('{"envs": {"dev": 3}}', "envs.dev must be an object"),
    ],
)
def test_a_wrong_config_json_is_refused(folder, content, problem):
    path = folder / "config.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(SettingsError) as refusal:
        load_from(folder)
    assert str(refusal.value).startswith(f"{path}: ")
    assert problem in str(refusal.value)


def test_parallelism_is_one_where_nothing_is_said(folder):
    assert parallelism("dedup", folder / "config.json") == {"dev": 1, "prod": 3}


@pytest.mark.parametrize(
    ("variable", "path"), [(None, "relevance.toml"), ("", "relevance.toml"), ("a/b.toml", "a/b.toml")]
)
def test_the_variable_names_another_relevance_toml(monkeypatch, variable, path):
    monkeypatch.delenv("DEALSTREAM_CONFIG", raising=False)
    if variable is not None:
        monkeypatch.setenv("DEALSTREAM_CONFIG", variable)
    assert str(relevance_path()) == path
