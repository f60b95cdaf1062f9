"""Work that is done again and again, whatever a store says meanwhile."""

from threading import Event

import pytest

from dealstream.domain.relevance_table import parse
from dealstream.serving.open import open_follower
from dealstream.serving.repeated import Repeated
from dealstream.settings import Settings, SettingsError, Tuning
from dealstream.stores.errors import StoreUnavailableError
from tests.support.events import TABLE
from tests.support.waiting import until


def test_it_goes_on_after_a_store_was_away():
    away, done = Event(), []

    def work() -> None:
        done.append(away.is_set())
        if away.is_set():
            raise StoreUnavailableError("the store is away")

    repeated = Repeated("work", 0.001, work)
    until(lambda: len(done) > 1)
    assert repeated.problem is None
    away.set()
    until(lambda: repeated.problem == "the store is away")
    away.clear()
    until(lambda: repeated.problem is None)
    repeated.close()
    assert not repeated._thread.is_alive()


def test_packed_hashes_are_refused():
    hashes = parse({**TABLE, "layout": "hash"})
    settings = Settings(hashes, Tuning(kafka_brokers="-", hbase_thrift="-", redis_servers=("-",)))
    with pytest.raises(SettingsError, match="packed hashes can't be followed"):
        open_follower(settings)
