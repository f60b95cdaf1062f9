"""`make bench-memory` in small: its three layouts hold the same counters, and it says what they take."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from subprocess import run

import pytest

from bench.memory.load import Load, WrongCountsError, opened
from bench.memory.market import BLOCK, Terms
from bench.memory.worker import Task
from dealstream.domain.tile import Grain, covering
from tests.support.redis_server import need_redis

CUBOIDS = 30
# the first day of 2100
START_MS = 4_102_444_800_000


@pytest.fixture
def load(own_redis) -> Iterator[Load]:
    """Return a load on one of the servers, with two windows counted."""
    terms = Terms(seed=1, start_ms=START_MS, events_per_second=1000.0, deals=60, users=500)
    (tile,) = covering(Grain.DAY, START_MS, START_MS + 1)
    with opened(Task(terms, [own_redis[0].address], blocks=1), tile) as load:
        load.count(2)
        yield load


def test_a_readable_key_for_each_counter(load, own_redis):
    counters = []
    load.write_naively([own_redis[1].address], counters.append)
    with own_redis[1].client() as client:
        keys = [key.decode() for key in client.scan_iter()]
        assert len(keys) == sum(counters) == load.counters()
        assert sum(map(int, client.mget(keys))) == 2 * BLOCK * CUBOIDS
        assert all(client.ttl(key) > 0 for key in keys[:100])
    dimensions = Counter(re.sub(r"=[^:]*", "", key).rpartition(":")[0] for key in keys)
    assert len(dimensions) == CUBOIDS
    assert any(re.fullmatch(r"deal=d\d{6}:gender=f:age=25-35:impression", key) for key in keys)


def test_packed_hashes(load, own_redis):
    counters = []
    load.write_packed([own_redis[1].address], counters.append)
    with own_redis[1].client() as client:
        pages = [client.hgetall(key) for key in client.scan_iter()]
    assert sum(map(len, pages)) == sum(counters) == load.counters()
    assert sum(int(count) for page in pages for count in page.values()) == 2 * BLOCK * CUBOIDS


def test_counters_that_do_not_add_up_are_no_result(load, own_redis):
    with own_redis[0].client() as client:
        client.delete(next(client.scan_iter(match="*:cube:*:category:*")))
    with pytest.raises(WrongCountsError, match=f"instead of {2 * BLOCK * CUBOIDS:,}"):
        load.counters()


def test_the_command_says_what_each_layout_takes(tmp_path):
    need_redis()
    options = {"counters": 6000, "deals": 60, "users": 500, "window": 1000, "output": tmp_path / "figures.json"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    done = run([sys.executable, "-m", "bench.memory", *words], capture_output=True, text=True, check=True)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [row["layout"] for row in figures["layouts"]] == ["a key each", "packed hashes", "cubes, under load"]
    naive, packed, cubes = figures["layouts"]
    assert naive["counters"] == packed["counters"] >= cubes["counters"] >= 6000
    assert naive["bytes_per_counter"] > 100
    assert naive["times_smaller"] == 1 < packed["times_smaller"]
    assert figures["load"]["events"] == 1000 < figures["events"]
    assert "bytes a counter under load" in done.stdout
    assert list(tmp_path.iterdir()) == [tmp_path / "figures.json"], "nothing else is left"
