"""The real topology on the real Kafka, Storm, HBase and Redis, with events that are none of ours.

The tests share one deployment and may run in any order: each ends by comparing everything that was ever produced.
"""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.support import cluster_records, cluster_worker
from tests.support.cluster_deployment import Deployment

pytestmark = pytest.mark.cluster

GOOD = {"event_id": "x", "ts": "2025-05-01T10:00:00Z", "kind": "shown", "visitor": 1, "offer": "roman-1"}
MALFORMED = {
    b'{"event_id": "x", "ts": "2025-05-01T1': "Input data was truncated",
    json.dumps({**GOOD, "price": "dear"}).encode(): "Expected `float | null`, got `str`",
    json.dumps({**GOOD, "kind": "sneezed"}).encode(): "Invalid enum value 'sneezed'",
    json.dumps({**GOOD, "ts": "2999-01-01T00:00:00Z"}).encode(): "the event lies in the future",
    b"\n".join([json.dumps(GOOD).encode()] * 2): "trailing characters",
    b'{"event_id": "x"}': "missing required field",
    b"\xff\xfe{}": "invalid character (byte 0)",
    b"": "Input data was truncated",
    None: "the value is null",
}


def test_counts_other_peoples_events_and_sets_malformed_ones_aside(pizza: Deployment):
    before, topic = _outcomes(pizza), pizza.settings.relevance.topic
    files = [pizza.generate(1500, seed) for seed in (1, 2)]

    pizza.produce(files[0])
    bad = {
        place: value
        for partition in cluster_records.partitions(pizza.settings, topic)
        for place, value in zip(
            cluster_records.send(pizza.settings, topic, partition, list(MALFORMED)), MALFORMED, strict=True
        )
    }
    pizza.produce(files[1])

    assert pizza.settle().startswith("exact: ")
    lines, ids = _lines_and_ids(*files)
    added = {"kept": ids, "duplicate": lines - ids, "rejected": len(bad)}
    assert _added(before, _outcomes(pizza)) == added
    rejected = cluster_records.read(pizza.settings, pizza.settings.relevance.rejected_topic)
    found = {(int(each.headers["partition"]), int(each.headers["offset"])): each for each in rejected}
    assert {place: each.value for place, each in found.items()} == bad
    for each in found.values():
        assert MALFORMED[each.value] in each.headers["reason"]


def test_the_same_events_again_are_duplicates(pizza: Deployment):
    file = pizza.generate(1000, seed=3)
    pizza.produce(file)
    exact, before = pizza.settle(), _outcomes(pizza)

    pizza.produce(file)

    assert pizza.settle() == exact
    assert _added(before, _outcomes(pizza)) == {"kept": 0, "duplicate": 1000, "rejected": 0}


def test_what_a_killed_component_had_in_flight_is_replayed(pizza: Deployment):
    file, counted = pizza.generate(4000, seed=4), pizza.counted()
    starts = len(cluster_worker.starts(pizza.topology))
    pizza.files.append(file)

    with pizza.project.started("dealstream", "produce", "--rate", "1000", str(file)) as producing:
        pizza.until(lambda: pizza.counted() > counted, "the first events to be counted")
        victim = pizza.until(lambda: cluster_worker.component(pizza.topology, "DedupBolt"), "a dedup bolt")
        os.kill(victim, signal.SIGKILL)
        assert producing.code is None, "the events were to flow when it was killed"
        pizza.until(lambda: len(cluster_worker.starts(pizza.topology)) > starts, "the spout to start anew")
        pizza.until(lambda: producing.code is not None, "all events to be sent")

    assert producing.code == 0, producing.output
    assert pizza.settle().startswith("exact: ")


def test_goes_on_where_it_was_when_it_is_submitted_again(pizza: Deployment):
    pizza.produce(pizza.generate(1000, seed=5))
    pizza.run("dealstream", "wait")
    before = pizza.lag()

    pizza.kill()
    pizza.wait_ended()
    pizza.produce(pizza.generate(1000, seed=6))
    meanwhile = pizza.lag()
    pizza.submit()

    assert pizza.settle().startswith("exact: ")
    assert meanwhile["records"] == before["records"]
    assert sum(each["behind"] for each in meanwhile["partitions"]) == 1000
    (start,) = cluster_worker.starts(pizza.topology)
    committed = {each["partition"]: each["committed"] for each in before["partitions"]}
    assert start.position == start.committed == committed


def test_deployments_side_by_side_do_not_see_each_other(pizza: Deployment, neighbour: Deployment):
    shared, own = pizza.generate(1000, seed=7), neighbour.generate(1000, seed=8)
    before = _outcomes(pizza)

    pizza.produce(shared)
    neighbour.produce(shared)
    neighbour.produce(own)

    assert pizza.settle().startswith("exact: ")
    assert neighbour.settle().startswith("exact: ")
    assert _added(before, _outcomes(pizza)) == {"kept": 950, "duplicate": 50, "rejected": 0}
    assert _outcomes(neighbour) == {"kept": 1900, "duplicate": 100, "rejected": 0}


def _outcomes(deployment: Deployment) -> dict[str, int]:
    return deployment.lag()["records"]


def _added(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {outcome: after[outcome] - before[outcome] for outcome in after}


def _lines_and_ids(*files: Path) -> tuple[int, int]:
    ids = [json.loads(line)["event_id"] for file in files for line in file.read_text().splitlines()]
    return len(ids), len(set(ids))
