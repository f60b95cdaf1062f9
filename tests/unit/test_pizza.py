"""The example for people's own data: it loads, every line is an event, and it has the oddities it promises."""

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from dealstream.ndjson import Block, LineJudge
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth

FOLDER = Path(__file__).parents[2] / "examples" / "pizza"
RELEVANCE = load_relevance(FOLDER / "relevance.toml")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pizza_generate", FOLDER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lines(generate: ModuleType) -> list[bytes]:
    return [json.dumps(event).encode() for event in generate.events(2_000, 0)]


def test_it_is_the_same_in_every_run(generate):
    assert generate.events(300, 1) == generate.events(300, 1) != generate.events(300, 2)


def test_every_line_is_an_event(lines):
    events = LineJudge(RELEVANCE).judge(Block("pizza", range(1, 2_001), lines), now_ms=1_800_000_000_000)
    assert events.bad == []
    assert len(events.lines) == 2_000


def test_a_twentieth_comes_twice_and_all_three_types_occur(lines):
    ids = Counter(json.loads(line)["event_id"] for line in lines)
    assert Counter(ids.values()) == {1: 1_800, 2: 100}
    truth = Truth.of([b"\n".join(lines)], RELEVANCE)
    types = truth.buckets(["deal"]).group_by("type").agg(pl.col("count").sum())
    assert truth.cells()["count"].sum() == sum(types["count"]) == 1_900
    assert set(types["type"]) == {"shown", "click", "order"}


@pytest.mark.parametrize("dimension", ["gender", "age", "style", "price", "distance", "platform", "returning"])
def test_closed_dimensions_have_several_of_their_labels(lines, dimension):
    truth = Truth.of([b"\n".join(lines)], RELEVANCE)
    found = set(truth.buckets([dimension])[dimension])
    assert found <= set(RELEVANCE.dimensions[dimension].labels)
    assert len(found) >= 2
