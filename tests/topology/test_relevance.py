"""The topology as data: importing it has streamparse check the field names; the rest is checked here."""

import importlib.util
import json
from pathlib import Path

import pytest

from dealstream.bolts.dedup import CODED, JUDGED
from dealstream.domain.batch import FIELDS, JUDGED_FIELDS
from dealstream.domain.coded import CODED_FIELDS
from dealstream.settings import load_relevance

ROOT = Path(__file__).parents[2]


@pytest.fixture
def load(monkeypatch):
    """Return what imports the topology as `sparse` does, in the project's folder."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("DEALSTREAM_CONFIG", raising=False)

    def load_class():
        spec = importlib.util.spec_from_file_location("relevance", ROOT / "topologies" / "relevance.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.Relevance

    return load_class


@pytest.fixture
def topology(load):
    return load()


def specs(topology) -> dict:
    return {spec.name: spec for spec in topology.specs}


def test_its_name_is_that_of_its_file_and_it_has_four_components(topology):
    """`sparse` takes the last class of the file; the virtualenv is called like the file."""
    assert list(specs(topology)) == ["event_spout", "dedup", "hbase_writer", "bucket_counter"]
    assert (ROOT / "virtualenvs" / "relevance.txt").exists()


def test_a_partition_stays_in_one_dedup_task(topology):
    ((stream, grouping),) = specs(topology)["dedup"].inputs.items()
    assert (stream.componentId, stream.streamId) == ("event_spout", "default")
    assert grouping.fields == ["partition"]


@pytest.mark.parametrize(("sink", "what"), [("hbase_writer", JUDGED), ("bucket_counter", CODED)])
def test_each_sink_gets_every_batch_from_a_dedup_of_its_worker_if_there_is_one(topology, sink, what):
    ((stream, grouping),) = specs(topology)[sink].inputs.items()
    assert (stream.componentId, stream.streamId) == ("dedup", what)
    assert grouping.local_or_shuffle is not None
    assert grouping.fields is None


def test_fields(topology):
    outputs = {name: spec.outputs for name, spec in specs(topology).items()}
    assert outputs["event_spout"]["default"].output_fields == list(FIELDS)
    assert outputs["dedup"][JUDGED].output_fields == list(JUDGED_FIELDS)
    assert outputs["dedup"][CODED].output_fields == list(CODED_FIELDS)
    assert outputs["hbase_writer"] == outputs["bucket_counter"] == {}


def test_parallelism_comes_from_config_json_for_every_environment(topology):
    envs = json.loads((ROOT / "config.json").read_text())["envs"]
    for name, spec in specs(topology).items():
        assert spec.par == {env: entry["parallelism"][name] for env, entry in envs.items()}


def test_config_json_sets_the_parallelism_of_components_that_exist(topology):
    for entry in json.loads((ROOT / "config.json").read_text())["envs"].values():
        assert set(entry["parallelism"]) <= set(specs(topology))


def test_its_configuration_is_what_is_counted_and_nothing_an_environment_may_change(topology):
    relevance = load_relevance(ROOT / "relevance.toml")
    assert topology.config == {
        "dealstream.relevance": relevance.table,
        "dealstream.schema": relevance.schema,
        "topology.multilang.serializer": "dealstream.MsgpackSerializer",
    }


def test_the_sinks_get_a_tick_a_second_and_nobody_else(topology):
    ticks = {name: json.loads(spec.config) for name, spec in specs(topology).items()}
    tick = {"topology.tick.tuple.freq.secs": 1}
    assert ticks == {"event_spout": {}, "dedup": {}, "hbase_writer": tick, "bucket_counter": tick}


def test_each_component_is_run_by_its_module_and_class_and_speaks_msgpack(topology):
    shells = {name: spec.component_object.shell for name, spec in specs(topology).items()}
    assert {shell.execution_command for shell in shells.values()} == {"streamparse_run"}
    commands = {name: shell.script for name, shell in shells.items()}
    assert commands == {
        "event_spout": "-s msgpack dealstream.spouts.kafka_events.KafkaEventSpout",
        "dedup": "-s msgpack dealstream.bolts.dedup.DedupBolt",
        "hbase_writer": "-s msgpack dealstream.bolts.hbase_writer.HBaseWriterBolt",
        "bucket_counter": "-s msgpack dealstream.bolts.bucket_counter.BucketCounterBolt",
    }


def test_another_relevance_toml_can_be_named(load, monkeypatch, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text((ROOT / "relevance.toml").read_text().replace('name = "relevance"', 'name = "another"'))
    monkeypatch.setenv("DEALSTREAM_CONFIG", str(other))
    assert load().config["dealstream.relevance"]["name"] == "another"
