"""The benchmark at a tiny size: what it measures means nothing here, but it measures, and every count is exact."""

from pathlib import Path

import pytest
from rich.console import Console

from bench import results
from bench.deployed import RELEVANCE, Deployed
from bench.drain import TooFewError
from bench.market import Kind
from bench.measure import blocks_needed, measure
from bench.mode import Mode
from bench.results import Result
from bench.stages.__main__ import as_json, measured
from bench.stages.__main__ import table as stages_table
from bench.stream import made
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth

pytestmark = pytest.mark.cluster

BLOCKS = 12
# so little in flight and in a window that a small stream is seen on its way
SMALL = {
    "topology.max.spout.pending": 8,
    "dealstream.counter.flush.events": 3000,
    "dealstream.writer.flush.events": 3000,
    "dealstream.commit.ms": 50,
}


def _measured(mode: Mode, folder: Path) -> Result:
    """Measure with as many events as it takes to be seen: a fast machine drains a few between two looks."""
    relevance = load_relevance(RELEVANCE)
    for blocks in (BLOCKS, 4 * BLOCKS, 16 * BLOCKS):
        stream = made(Kind.MARKET, blocks_needed(blocks), folder)
        try:
            return measure(
                Deployed.fresh(mode, folder, SMALL),
                stream,
                blocks,
                lambda sent, stream=stream: Truth.of(stream.texts(sent), relevance),  # type: ignore[misc]
                Console(),
            )
        except TooFewError:
            continue
    pytest.fail("no number of events is enough to be seen")


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("mode", [Mode.COUNTERS, Mode.HBASE])
def test_one_sink_alone_is_measured_and_exact(mode: Mode, tmp_path: Path) -> None:
    found = _measured(mode, tmp_path)

    assert found.exact
    assert found.events > 0
    assert found.updates_per_s == (30 * found.events_per_s if mode.counts else 0)
    assert {"kafka", "spout", "worker", "dedup"} <= found.cpu_s_per_million.keys() == found.rss_mb.keys()
    assert ("counter" in found.rss_mb, "writer" in found.rss_mb) == (mode.counts, mode.writes)
    assert list(found.latency) == ["half", "full"]
    for latency in found.latency.values():
        assert (latency.counters is not None, latency.rows is not None) == (mode.counts, mode.writes)
    for table in (results.rates, results.processes, results.latencies):
        assert table({mode: found}).row_count


@pytest.mark.usefixtures("cluster")
def test_every_stage_is_measured(tmp_path: Path) -> None:
    deployed = Deployed.fresh(Mode.BOTH, tmp_path)
    stream = made(Kind.WORST, BLOCKS, tmp_path)
    with deployed.there():
        costs = measured(deployed, stream, BLOCKS, tmp_path)
    found = {(each["process"], each["stage"]): each for each in as_json(costs)["stages"]}
    assert all(each["us_per_event"] > 0 for (process, _), each in found.items() if process != "kafka")
    floors = {place for place, each in found.items() if each["floor"]}
    assert floors == {
        ("spout", "consume"), ("kafka", "serve"), ("redis", "count"), ("writer", "write"), ("hbase", "write"),
    }  # fmt: skip
    assert stages_table(costs).row_count > len(found)
