"""`dealstream reshard` and `dealstream slots` on real servers, as an operator has them."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread

import pytest
from typer.testing import CliRunner, Result

from dealstream.cli.main import app
from dealstream.stores.errors import StoreUnavailableError
from tests.support.deployment_folder import write_config, write_relevance
from tests.support.flushes import varied_log
from tests.support.moving import Reshard, assert_settled, let_all_expire
from tests.support.redis_server import RedisServer
from tests.support.redis_servers import Servers
from tests.support.redis_store import RedisStore
from tests.support.waiting import until

Run = Callable[..., Result]


@pytest.fixture
def store(three_redis, tmp_path) -> Iterator[RedisStore]:
    """Return a store whose eight slots are on the first two of three servers; all three are configured."""
    store = RedisStore(three_redis)
    store.counters = store.open(three_redis[:2])
    store.counters.apply(store.flush((0, 100)))
    write_relevance(tmp_path / "relevance.toml", store.relevance)
    configure(tmp_path, three_redis)
    yield store
    store.close()


@pytest.fixture
def run(store, tmp_path, monkeypatch) -> Run:
    """Return what runs a command in the deployment's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("DEALSTREAM_CONFIG", raising=False)
    return lambda *words: CliRunner().invoke(app, list(words))


def configure(folder: Path, servers: Sequence[RedisServer]) -> None:
    write_config(folder, Servers(servers))


def rows(run: Run) -> list[dict]:
    """Return what `slots` says."""
    return json.loads(run("slots", "--json").stdout)["servers"]


def numbers(run: Run) -> list[int]:
    """Return how many slots each server holds, says `slots`."""
    return [len(row["slots"]) for row in rows(run)]


def test_a_server_more_while_counting_goes_on(store, run):
    store.log = varied_log(20_000)
    flushed, stop = [0], Event()

    def count() -> None:
        counters = store.open(store.servers[:2])
        while flushed[0] < len(store.log) and not stop.is_set():
            try:
                counters.apply(store.flush((flushed[0], flushed[0] + 20)))
            except StoreUnavailableError:
                continue  # the batches come again
            flushed[0] += 20

    thread = Thread(target=count)
    thread.start()
    try:
        until(lambda: flushed[0] > 200)
        done = run("reshard", "--yes")
        before = flushed[0]
        until(lambda: flushed[0] > before)
    finally:
        stop.set()
        thread.join()
    assert (done.exit_code, "moved 2 slots, " in done.stdout) == (0, True)
    assert numbers(run) == [3, 3, 2]
    store.counters.apply(store.flush((flushed[0], len(store.log))))
    store.assert_exact()
    assert_settled(store, store.servers)


@pytest.mark.parametrize(("answer", "code", "after"), [("n", 1, [4, 4, 0]), ("yes", 0, [3, 3, 2])])
def test_it_says_what_it_will_do_and_asks(store, run, tmp_path, answer, code, after):
    ours, theirs = pty.openpty()
    command = [Path(sys.executable).with_name("dealstream"), "reshard"]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    os.write(ours, f"{answer}\n".encode())
    said, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, numbers(run)) == (code, after)
    one, two, three = (server.address for server in store.servers)
    assert f"  {one} -> {three}: slots 6 (" in said
    assert f"  {two} -> {three}: slots 7 (" in said
    assert "go on? [y/N]" in said


def test_without_anybody_to_ask_nothing_is_moved(run):
    done = run("reshard")
    assert (done.exit_code, "nobody to ask" in done.stderr, numbers(run)) == (1, True, [4, 4, 0])


def test_nothing_to_do_is_said_without_asking(run):
    run("reshard", "--yes")
    done = run("reshard")
    assert (done.exit_code, done.stdout.startswith("nothing to do: ")) == (0, True)


@pytest.mark.parametrize(("step", "time"), [("copy", 2), ("announce", 1), ("remove", 1)])
def test_who_comes_after_one_that_died_finishes_the_job(store, run, step, time):
    Reshard(store, store.servers).killed(step, time)
    assert "or died less than 30 s ago" in run("reshard", "--yes").stderr
    let_all_expire(store)
    done = run("reshard", "--yes")
    assert done.exit_code == 0
    assert numbers(run) == [3, 3, 2]
    assert_settled(store, store.servers)
    store.counters.apply(store.flush((0, 200)))
    store.assert_exact()


def test_a_slot_that_is_being_moved_and_what_was_left_behind_are_shown(store, run):
    """A mover dies while it copies the second slot; the first one is on the third server."""
    Reshard(store, store.servers).killed("copy", 2)
    one, two, three = rows(run)
    assert (one["slots"], one["left_behind"], one["moving"]) == ([0, 2, 4], [6], [])
    assert (two["slots"], two["left_behind"], two["moving"]) == ([1, 3, 5, 7], [], [7])
    assert (three["slots"], three["left_behind"], three["moving"]) == ([6], [7], [])
    said = run("slots").stdout
    assert f"moving away from {store.servers[1].address}: slots 7\n" in said
    assert f"left behind on {store.servers[0].address}: " in said


def test_what_was_left_behind_is_reason_enough(store, run):
    """No slot has to move, but the mover died before it removed anything."""
    Reshard(store, store.servers).killed("save", 1)
    let_all_expire(store)
    done = run("reshard", "--yes")
    assert (done.exit_code, "left behind on" in done.stdout) == (0, True)
    assert_settled(store, store.servers)


def test_what_was_done_is_said_even_if_it_is_not_all(store, run):
    store.servers[2].lose_disk()
    done = run("reshard", "--yes")
    assert (done.exit_code, "can't save" in done.stderr) == (1, True)
    assert "moved 2 slots, " in done.stdout
    assert "not done yet, run it again" in done.stdout


def test_a_server_that_is_away_is_shown_and_keeps_slots_from_moving(store, run):
    store.servers[1].kill()
    done = run("reshard", "--yes")
    assert (done.exit_code, store.servers[1].address in done.stderr) == (1, True)
    assert [(row["state"], len(row["slots"])) for row in rows(run)] == [
        ("configured", 4), ("does not answer", 4), ("configured", 0),
    ]  # fmt: skip


def test_servers_are_emptied_when_they_are_configured_no_more(store, run, tmp_path):
    configure(tmp_path, store.servers[1:])
    assert {row["server"]: row["state"] for row in rows(run)}[store.servers[0].address] == "not configured"
    assert run("reshard", "--yes").exit_code == 0
    assert [row["server"] for row in rows(run)] == [server.address for server in store.servers[1:]]
    store.counters.apply(store.flush((0, 200)))
    store.assert_exact()


def test_those_who_know_nothing_are_not_taken_for_servers(store, run, tmp_path):
    configure(tmp_path, store.servers[2:])
    for words in (["slots"], ["reshard", "--yes"]):
        done = run(*words)
        assert (done.exit_code, "nobody there knows of this deployment" in done.stderr) == (1, True)


def test_a_replica_takes_the_place_of_its_server(store, run, tmp_path):
    old, other, new = store.servers
    replacement = f"{old.address}={new.address}"
    configure(tmp_path, [old, other])
    with new.client() as client:
        client.replicaof("127.0.0.1", str(old.port))
        until(lambda: client.get(store.keys.places))
        early = run("reshard", "--replace", replacement, "--yes")
        assert (early.exit_code, "is a replica" in early.stderr, numbers(run)) == (1, True, [4, 4])
        client.replicaof("NO", "ONE")
    store.counters.apply(store.flush((100, 150)))
    old.kill()
    unasked = run("reshard", "--replace", replacement)
    assert (unasked.exit_code, "nobody to ask" in unasked.stderr) == (1, True)
    done = run("reshard", "--replace", replacement, "--yes")
    assert (done.exit_code, "slots 0, 2, 4, 6, of which it has " in done.stdout) == (0, True)
    assert "name it in dealstream.redis.servers" in done.stdout
    configure(tmp_path, [new, other])
    assert numbers(run) == [4, 4]
    again = run("reshard", "--replace", replacement, "--yes")
    assert (again.exit_code, again.stdout) == (0, f"nothing to do: {old.address} holds no slot\n")
    store.replay()
    store.assert_exact()


def test_a_server_that_lacks_slots_may_take_the_place_of_another_but_it_is_said(store, run):
    old, _, new = store.servers
    done = run("reshard", "--replace", f"{old.address}={new.address}", "--yes")
    assert "it has nothing of slots 0, 2, 4, 6: these are counted again" in done.stdout
    store.replay()
    store.assert_exact()


@pytest.mark.parametrize("words", ["redis-1:6379", "a:1=a:1", "a=b", "a:1=b:2=c:3", ""])
def test_what_is_no_replacement_is_a_usage_error(run, words):
    assert run("reshard", "--replace", words).exit_code == 2


@pytest.mark.parametrize("words", [["slots"], ["reshard", "--yes"], ["reshard", "--replace", "a:1=b:2"]])
def test_the_slots_of_a_redis_cluster_are_not_ours_to_move(run, store, tmp_path, words):
    write_config(tmp_path, Servers(store.servers, cluster=True))
    found = run(*words)
    assert (found.exit_code, "`redis-cli --cluster reshard`" in found.stderr) == (2, True)
