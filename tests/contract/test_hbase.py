"""What only HBase does: connections that break, tables that are made and dropped."""

from collections.abc import Iterator

import happybase
import pytest

from dealstream.domain.rows import column, row_key, split_keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.hbase import HBase
from dealstream.stores.hbase_admin import open_admin
from dealstream.stores.user_events import HBaseUserEvents
from dealstream.stores.vocabulary import HBaseVocabulary
from tests.support.names import unique_relevance
from tests.support.proxy import Proxy

ROWS = {row_key("ann"): {column(1, "d", "shown", "e"): b"{}"}}


@pytest.fixture
def proxy(cluster) -> Iterator[Proxy]:
    proxy = Proxy(cluster.tuning.hbase_thrift)
    yield proxy
    proxy.close()


@pytest.fixture
def hbase(cluster, proxy) -> Iterator[HBase]:
    hbase = HBase(proxy.address, timeout_ms=5000, transport=cluster.tuning.hbase_transport)
    yield hbase
    hbase.close()


@pytest.mark.cluster
def test_it_connects_when_first_needed_and_stays_connected(proxy, hbase, hbase_tables):
    assert proxy.accepted == 0
    events = HBaseUserEvents(hbase, hbase_tables.user_events_table)
    for _ in range(3):
        events.write(ROWS)
    assert proxy.accepted == 1


@pytest.mark.cluster
def test_a_flush_may_be_larger_than_what_the_server_takes_at_once(hbase, hbase_tables):
    sizes = {column(n, "d", "shown", str(n)): 1_000_000 for n in range(20)}
    HBaseUserEvents(hbase, hbase_tables.user_events_table).write(
        {row_key("large"): {c: b"." * s for c, s in sizes.items()}}
    )
    found = hbase.call(lambda connection: connection.table(hbase_tables.user_events_table).row(row_key("large")))
    assert {name: len(value) for name, value in found.items()} == sizes


@pytest.mark.cluster
def test_a_connection_that_was_cut_is_replaced_unnoticed(proxy, hbase, hbase_tables):
    events = HBaseUserEvents(hbase, hbase_tables.user_events_table)
    vocabulary = HBaseVocabulary(hbase, hbase_tables.vocabulary_table)
    (code,) = vocabulary.codes("reconnecting", ["a"])
    for work in (
        lambda: events.write(ROWS),
        lambda: events.events("ann"),
        lambda: list(events.cells()),
        lambda: vocabulary.codes("reconnecting", ["b"]),
    ):
        proxy.cut()
        work()
    assert proxy.accepted == 5
    assert vocabulary.labels("reconnecting") == {code: "a", code + 1: "b"}


@pytest.mark.cluster
def test_while_it_is_away_calls_fail_and_then_work_again(proxy, hbase, hbase_tables):
    events = HBaseUserEvents(hbase, hbase_tables.user_events_table)
    events.write(ROWS)
    proxy.refuse()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match=f"HBase at {proxy.address}"):
            events.write(ROWS)
    proxy.refuse(False)
    events.write(ROWS)


def test_nobody_at_the_address():
    with pytest.raises(StoreUnavailableError, match=r"HBase at 127\.0\.0\.1:1, framed: "):
        HBase("127.0.0.1:1", timeout_ms=500, transport="framed").call(lambda connection: connection.tables())


@pytest.mark.cluster
def test_the_tables_are_made_once_split_and_with_their_families(cluster, hbase_admin):
    relevance = unique_relevance(user_events={"ttl": "30d", "regions": 5})
    made = hbase_admin.create(relevance)
    assert {relevance.user_events_table, relevance.vocabulary_table} <= set(made)
    try:
        assert hbase_admin.create(relevance) == []
        host, _, port = cluster.tuning.hbase_thrift.rpartition(":")
        connection = happybase.Connection(host, int(port), transport=cluster.tuning.hbase_transport)
        table = connection.table(relevance.user_events_table)
        family = table.families()[b"e"]
        assert [region["start_key"] for region in table.regions()] == [b"", *split_keys(5)]
        assert (family["max_versions"], family["time_to_live"], family["block_cache_enabled"]) == (1, 30 * 86_400, True)
        assert set(connection.table(relevance.vocabulary_table).families()) == {b"c", b"n"}
        connection.close()
    finally:
        assert sorted(hbase_admin.drop(relevance)) == sorted(made)
    assert hbase_admin.drop(relevance) == []


def test_a_machine_without_hbase_is_told_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreUnavailableError, match="there is no `hbase` command on the PATH"), open_admin():
        pass
