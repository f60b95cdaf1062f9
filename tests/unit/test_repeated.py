"""Work that is done again and again, whatever a store says meanwhile."""

from threading import Event

import pytest

from dealstream.domain.relevance_table import parse
from dealstream.serving import repeated as module
from dealstream.serving.open import open_follower
from dealstream.serving.repeated import ENDED, NOT_YET, Repeated
from dealstream.settings import Settings, SettingsError, Tuning
from dealstream.stores.errors import StoreUnavailableError
from tests.support.events import TABLE
from tests.support.waiting import until


def test_it_goes_on_after_a_store_was_away(caplog):
    away, done = Event(), []

    def work() -> None:
        done.append(away.is_set())
        if away.is_set():
            raise StoreUnavailableError("the store is away")

    repeated = Repeated("work", 0.001, work)
    assert (repeated.problem, done) == (NOT_YET, [])
    with repeated:
        until(lambda: len(done) > 1)
        assert repeated.problem is None
        away.set()
        until(lambda: repeated.problem == "the store is away")
        away.clear()
        until(lambda: repeated.problem is None)
    assert not repeated._thread.is_alive()
    assert [record.getMessage() for record in caplog.records] == ["work: the store is away", "work: goes on again"]


def test_after_a_failure_it_does_not_rest_for_long(monkeypatch):
    monkeypatch.setattr(module, "AFTER_FAILURE_S", 0.001)
    done = Event()

    def work() -> None:
        if not done.is_set():
            done.set()
            raise StoreUnavailableError("the store is away")

    with Repeated("work", 3600, work) as repeated:
        until(lambda: done.is_set() and repeated.problem is None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_ours_ends_it_and_it_says_so():
    def work() -> None:
        raise ZeroDivisionError

    with Repeated("work", 0.001, work) as repeated:
        until(lambda: repeated.problem == ENDED)


def test_packed_hashes_are_refused():
    hashes = parse({**TABLE, "layout": "hash"})
    settings = Settings(hashes, Tuning(kafka_brokers="-", hbase_thrift="-", redis_servers=("-",)))
    with pytest.raises(SettingsError, match="packed hashes can't be followed"):
        open_follower(settings)
