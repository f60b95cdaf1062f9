"""What the snapshots promise, in memory and in HBase."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.hbase import HBase
from dealstream.stores.open import open_hbase
from dealstream.stores.snapshots import HBaseSnapshots, MemorySnapshots, Snapshots

Open = Callable[[str], Snapshots]
MEGABYTES = Random(1).randbytes(5 << 20)


@pytest.fixture(params=["memory", pytest.param("hbase", marks=pytest.mark.cluster)])
def open_snapshots(request) -> Iterator[Open]:
    """Return what opens the snapshots of one kind of window."""
    if request.param == "memory":
        kinds: dict[str, MemorySnapshots] = {}
        yield lambda kind: kinds.setdefault(kind, MemorySnapshots())
        return
    settings, relevance = request.getfixturevalue("cluster"), request.getfixturevalue("hbase_tables")
    hbase = open_hbase(settings)
    yield lambda kind: HBaseSnapshots(hbase, relevance.dedup_table, kind)
    hbase.close()


def test_a_slice_comes_back_as_it_was_saved_however_large(open_snapshots):
    snapshots = open_snapshots("a:8:1e-9")
    assert snapshots.load(0, 7) is None
    snapshots.save(0, 7, MEGABYTES)
    snapshots.save(0, 7, MEGABYTES)
    assert snapshots.load(0, 7) == MEGABYTES
    assert snapshots.load(1, 7) is snapshots.load(0, 6) is None


def test_windows_of_another_kind_do_not_see_it(open_snapshots):
    open_snapshots("b:8:1e-9").save(3, 1 << 40, b"bits")
    assert open_snapshots("b:8:1e-9").load(3, 1 << 40) == b"bits"
    assert open_snapshots("b:8:1e-6").load(3, 1 << 40) is None


def test_nobody_at_the_address():
    snapshots = HBaseSnapshots(HBase("127.0.0.1:1", timeout_ms=500, transport="framed"), "t:dedup", "kind")
    for ask in (lambda: snapshots.load(0, 0), lambda: snapshots.save(0, 0, b"bits")):
        with pytest.raises(StoreUnavailableError, match=r"HBase at 127\.0\.0\.1:1, framed: "):
            ask()
