"""Schemas of one name side by side on real servers: each read with its own file, listed, and deleted as a whole."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dealstream.cli import running
from dealstream.cli.main import app
from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from dealstream.settings import Settings, load
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.open import counter_layout, open_schemas
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.resharder import Resharder
from tests.support.counting import Codes
from tests.support.deployment_folder import write_config, write_relevance
from tests.support.flushes import flush_of, varied_log
from tests.support.names import unique_relevance
from tests.support.redis_servers import Servers

LOG = varied_log(300, deals=50)
Run = Callable[..., Result]


class Schemas:
    """Two schemas of one name, and another deployment, all counted."""

    def __init__(self, folder: Path, own: Servers) -> None:
        self.folder = folder
        self._own = own
        self.servers = own.servers
        self.new = unique_relevance(cuboids=[["deal"], ["deal", "gender"]])
        self.old = parse({**self.new.table, "cuboids": [["deal", "gender"], ["gender"]], "slots": 5})
        self.other = unique_relevance()
        for relevance, end in ((self.old, 200), (self.new, 300), (self.other, 300)):
            self.count(relevance, end)
            write_relevance(folder / f"{self.name_of(relevance)}.toml", relevance)
        write_config(folder, own)

    def name_of(self, relevance: Relevance) -> str:
        return next(name for name in ("new", "old", "other") if getattr(self, name) is relevance)

    def count(self, relevance: Relevance, end: int) -> None:
        counters = RedisCounters(self._own.place(relevance.keys), relevance.keys, counter_layout(relevance))
        counters.apply(flush_of(relevance, LOG, [(0, end)], Codes()))
        counters.close()

    def settings(self) -> Settings:
        return load("dev", self.folder / "new.toml", self.folder / "config.json")

    def keys(self, relevance: Relevance) -> list[bytes]:
        found = []
        for server in self.servers:
            with server.client() as client:
                found += client.keys(f"{relevance.redis_prefix}*")
        return found


@pytest.fixture
def schemas(tmp_path, any_servers):
    return Schemas(tmp_path, any_servers)


@pytest.fixture
def run(schemas, monkeypatch) -> Run:
    """Return what runs a command in the deployment's folder, with what Nimbus says runs: a schema, None or an error."""
    monkeypatch.chdir(schemas.folder)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str, file: str = "new", runs: str | Exception | None = None) -> Result:
        def asked(settings: Settings) -> str | None:
            if isinstance(runs, Exception):
                raise runs
            return runs

        monkeypatch.setattr(running, "running_schema", asked)
        return CliRunner().invoke(app, [*words, "--config", f"{file}.toml"])

    return command


@pytest.mark.parametrize(("file", "shown"), [("old", 200), ("new", 300)])
def test_each_schema_is_read_with_its_own_file(run, file, shown):
    rows = json.loads(run("counts", "deal,gender", "--limit", "0", "--json", file=file).stdout)
    assert sum(row["impressions"] for row in rows) == shown


def test_what_only_the_old_file_counts_is_still_to_be_read(run):
    rows = json.loads(run("counts", "gender", "--json", file="old").stdout)
    assert {row["gender"]: row["impressions"] for row in rows} == {"f": 67, "m": 67, "other": 66}
    assert run("counts", "gender", file="new").exit_code == 2


def test_schemas_are_listed_with_how_far_they_are(schemas, run):
    found = json.loads(run("schemas", "--json").stdout)
    assert (found["estimated"], found["running"]) == (False, None)
    assert [(row["schema"], row["state"], row["keys"], row["watermark"]) for row in found["schemas"]] == [
        (schemas.new.schema, "current", len(schemas.keys(schemas.new)), 300),
        (schemas.old.schema, "retired", len(schemas.keys(schemas.old)), 200),
    ]
    assert all(row["bytes"] > 1000 for row in found["schemas"])
    assert schemas.other.schema not in run("schemas").stdout


def test_which_schema_is_current_depends_on_the_file(schemas, run):
    found = json.loads(run("schemas", "--json", file="old", runs=schemas.new.schema).stdout)
    assert [(row["schema"], row["state"]) for row in found["schemas"]] == [
        (schemas.old.schema, "current"),
        (schemas.new.schema, "counted by the running topology"),
    ]


def test_without_nimbus_schemas_are_listed_and_it_says_so(schemas, run):
    found = run("schemas", "--json", runs=StoreUnavailableError("no Nimbus"))
    assert len(json.loads(found.stdout)["schemas"]) == 2
    assert "no Nimbus" in found.stderr


def test_a_retired_schema_is_deleted_and_nothing_else(schemas, run):
    others = {relevance.name: sorted(schemas.keys(relevance)) for relevance in (schemas.new, schemas.other)}
    found = run("retire", schemas.old.schema, "--yes")
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (0, f"{schemas.old.schema} is gone")
    assert all(server.address in found.stdout for server in schemas.servers)
    assert schemas.keys(schemas.old) == []
    assert {each.name: sorted(schemas.keys(each)) for each in (schemas.new, schemas.other)} == others
    again = run("retire", schemas.old.schema, "--yes")
    assert (again.exit_code, again.stdout) == (0, f"there is nothing of {schemas.old.schema}\n")


@pytest.mark.parametrize(
    ("schema", "runs", "words", "code", "says"),
    [
        ("new", None, ["--yes"], 1, "not retired"),
        ("old", "old", ["--yes"], 1, "that is running counts into"),
        ("old", StoreUnavailableError("no Nimbus"), [], 1, "no Nimbus"),
        ("old", None, [], 1, "nobody to ask"),
        ("pizza", None, ["--yes"], 2, "six hex digits"),
    ],
    ids=["the current one", "one that a topology counts", "without Nimbus", "without consent", "no schema"],
)
def test_what_must_not_be_deleted_stays(schemas, run, schema, runs, words, code, says):
    before = len(schemas.keys(schemas.old)), len(schemas.keys(schemas.new))
    names = {"old": schemas.old.schema, "new": schemas.new.schema}
    found = run("retire", names.get(schema, schema), *words, runs=names.get(runs, runs) if runs == "old" else runs)
    assert (found.exit_code, says in found.stderr) == (code, True)
    assert (len(schemas.keys(schemas.old)), len(schemas.keys(schemas.new))) == before


def test_consent_takes_the_place_of_nimbus(schemas, run):
    found = run("retire", schemas.old.schema, "--yes", runs=StoreUnavailableError("no Nimbus"))
    assert (found.exit_code, "no Nimbus" in found.stderr, schemas.keys(schemas.old)) == (0, True, [])


@pytest.mark.parametrize("walked", [0, 1], ids=["nothing is deleted yet", "one server is done"])
def test_who_is_interrupted_leaves_nothing_that_could_be_counted_on(schemas, run, walked):
    """Half of its cubes and all of its ranges would be counts that are too low for ever."""
    store = open_schemas(schemas.settings())
    for server in store.servers():
        found = [piece.schemas.get(schemas.old.schema) for piece in store.pieces(server)]
        places = [place for keys in found if keys for place in keys.ranges]
        assert places
        store.spoil(server, schemas.old.schema, places)
    for server in store.servers()[:walked]:
        assert sum(store.delete(server, schemas.old.schema)) > 0
    with pytest.raises(ValueError, match="unpack"):
        schemas.count(schemas.old, 300)
    states = {row["schema"]: row["state"] for row in json.loads(run("schemas", "--json").stdout)["schemas"]}
    assert states == {schemas.new.schema: "current", schemas.old.schema: "deleted in part"}
    assert run("retire", schemas.old.schema, "--yes").exit_code == 0
    assert schemas.keys(schemas.old) == []
    schemas.count(schemas.old, 300)
    rows = json.loads(run("counts", "gender", "--json", file="old").stdout)
    assert sum(row["impressions"] for row in rows) == 300
    store.close()


def test_ranges_that_are_gone_meanwhile_are_not_made_again(schemas):
    store = open_schemas(schemas.settings())
    before = len(schemas.keys(schemas.new))
    server = next(server for server in store.servers() if 0 in server.slots)
    store.spoil(server, schemas.new.schema, [(0, 77)])
    assert len(schemas.keys(schemas.new)) == before
    store.close()


@pytest.mark.parametrize("any_servers", ["two redis"], indirect=True)
def test_a_schema_is_not_deleted_while_its_slots_are_moved(schemas, run):
    with schemas.servers[1].client() as client:
        client.set(schemas.old.keys.lock, "somebody")
        before = sorted(schemas.keys(schemas.old))
        found = run("retire", schemas.old.schema, "--yes")
        assert found.exit_code == 1
        assert f"slots are being moved, says Redis at {schemas.servers[1].address}" in found.stderr
        assert sorted(schemas.keys(schemas.old)) == before
        client.delete(schemas.old.keys.lock)
    assert run("retire", schemas.old.schema, "--yes").exit_code == 0


@pytest.mark.parametrize("any_servers", ["two redis"], indirect=True)
def test_a_schema_is_found_on_servers_that_the_current_one_has_left(schemas, run):
    """The current one is on the second server only, the old one still on both."""
    resharder = Resharder([schemas.servers[1].address], schemas.new.keys, timeout_ms=5000)
    assert resharder.reshard() > 0
    resharder.close()
    found = json.loads(run("schemas", "--json").stdout)
    assert {row["schema"]: row["keys"] for row in found["schemas"]}[schemas.old.schema] == len(
        schemas.keys(schemas.old)
    )
    servers = json.loads(run("memory", "--json").stdout)["servers"]
    assert [row["server"] for row in servers] == [server.address for server in schemas.servers]
    assert run("retire", schemas.old.schema, "--yes").exit_code == 0
    assert schemas.keys(schemas.old) == []


@pytest.mark.parametrize("any_servers", ["two redis"], indirect=True)
def test_a_server_that_is_away_is_named(schemas, run):
    schemas.servers[1].kill()
    for words in (["memory"], ["schemas"], ["retire", schemas.old.schema, "--yes"]):
        found = run(*words)
        assert (found.exit_code, schemas.servers[1].address in found.stderr) == (1, True)


def test_memory_is_printed_for_people_and_for_programs(schemas, run):
    found = json.loads(run("memory", "--json").stdout)
    assert [row["server"] for row in found["servers"]] == [server.address for server in schemas.servers]
    assert sum(row["keys"] for row in found["servers"]) == len(schemas.keys(schemas.new))
    assert [row["cuboid"] for row in found["cuboids"]] == ["deal", "deal,gender", "_stream"]
    assert found["estimated"] is False
    sampled = run("memory", "--sample", "5").stdout
    assert "Estimated from 5 cubes a server" in sampled
    assert "shared by its cuboids" in sampled
