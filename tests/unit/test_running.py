"""Which schema a running topology counts into, as Nimbus tells it."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from dealstream.cli.running import running_schema
from dealstream.settings import Settings, Tuning
from dealstream.stores import nimbus
from dealstream.stores.errors import StoreUnavailableError
from tests.support.events import RELEVANCE, TABLE

TUNING = Tuning(kafka_brokers="k:1", hbase_thrift="h:1", redis_servers=("r:1",))
ADDRESS = "n:1"


@pytest.fixture
def ask(monkeypatch):
    """Return what asks a Nimbus on which a topology runs with that configuration; None is no topology."""

    def asked(conf: dict | None, address: str = ADDRESS) -> str | None:
        @contextmanager
        def opened(address: str, timeout_ms: int):
            running = None if conf is None else "running"
            yield SimpleNamespace(find=lambda name: running if name == RELEVANCE.name else None, conf=lambda _: conf)

        monkeypatch.setattr(nimbus, "open_nimbus", opened)
        return running_schema(Settings(RELEVANCE, TUNING, address))

    return asked


def test_it_is_what_the_topology_was_submitted_with(ask):
    """The code that runs may make another schema of the same file than this code."""
    assert ask({"dealstream.schema": "0a1b2c", "dealstream.relevance": TABLE}) == "0a1b2c"


def test_one_that_does_not_say_counts_what_its_table_says(ask):
    assert ask({"dealstream.relevance": TABLE}) == RELEVANCE.schema


def test_where_no_topology_runs_there_is_none(ask):
    assert ask(None) is None


@pytest.mark.parametrize("conf", [{}, {"dealstream.relevance": {"name": "test"}}], ids=["nothing", "no valid table"])
def test_what_does_not_tell_is_as_good_as_no_nimbus(ask, conf):
    with pytest.raises(StoreUnavailableError, match="does not know what the running topology test counts"):
        ask(conf)


def test_an_environment_without_nimbus(ask):
    with pytest.raises(StoreUnavailableError, match=r"config\.json names no Nimbus"):
        ask(None, address="")
