"""The peers' own way to count, and how it is judged: against the truth that polars computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cpu import CpuMeter, of_session
from bench.market import Kind, Market
from bench.peers.counting.increments import Increments
from bench.peers.entries import counts_of_hashes, counts_of_strings, done
from bench.peers.race import CONTENDER, Sample, Speed
from bench.peers.tally import Tally, tally
from bench.servers import redis_server
from dealstream.settings import load_relevance
from dealstream.truth.truth import Truth
from tests.support.redis_server import need_redis

LINES = Market(Kind.MARKET, 7).block(3).lines[:1000]
RELEVANCE = load_relevance(Path(__file__).parents[2] / "bench" / "relevance.toml")


@pytest.fixture
def server(tmp_path):
    need_redis()
    with redis_server(tmp_path / "redis") as running:
        yield running


def count(server, lines):
    increments = Increments()
    for line in lines:
        increments.add(json.loads(line))
    with server.client() as client:
        increments.write(client)


def judged(server):
    truth = Truth.of([b"\n".join(LINES)], RELEVANCE)
    return tally(truth, counts_of_hashes(server))


def test_peers_count_what_the_truth_counts(server):
    count(server, LINES[:400])
    count(server, LINES[400:])
    found = judged(server)
    assert found.exact
    assert found.total == 30 * len(LINES)
    assert done(server) == len(LINES)


def test_what_is_appended_is_the_same(server):
    for lines in (LINES[:400], LINES[400:]):
        increments = Increments()
        for line in lines:
            increments.add(json.loads(line))
        with server.client() as client:
            increments.append(client)
    found = tally(Truth.of([b"\n".join(LINES)], RELEVANCE), counts_of_strings(server))
    assert found.exact
    assert found.total == 30 * len(LINES)


def test_an_event_that_is_counted_twice_is_seen(server):
    count(server, [*LINES, LINES[5]])
    found = judged(server)
    assert (found.high, found.excess, found.low) == (30, 30, 0)


def test_an_event_that_is_lost_is_seen(server):
    count(server, LINES[:-1])
    found = judged(server)
    assert (found.low, found.lack, found.high) == (30, 30, 0)


def test_a_tally_in_words():
    assert str(Tally(1234, 2000)) == "all 1,234"
    assert str(Tally(1234, 2000, high=7, low=1, excess=10, lack=1)) == "0.50% too much in 7, 0.05% too little in 1"


def test_speed_is_what_lies_between_two_samples():
    speed = Speed.between(Sample(10.0, 1000, {CONTENDER: 2.0}), Sample(12.0, 5000, {CONTENDER: 2.4}))
    assert speed.events_per_second == 2000
    assert speed.cpu[CONTENDER] == pytest.approx(100)


def test_cpu_of_a_session_keeps_what_has_ended():
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(20_000_000))']); print(); input()"
    leader = subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    meter = CpuMeter(lambda: of_session(leader.pid))
    with leader:
        while not meter.seconds():
            assert leader.poll() is None
        assert os.getpid() not in of_session(leader.pid)
        leader.communicate(b"\n")
    taken = meter.seconds()
    assert taken > 0
    assert of_session(leader.pid) == []
    assert meter.seconds() == taken
