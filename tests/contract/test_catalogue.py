"""What the catalogue and the profiles promise, in memory and in HBase."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from dealstream.stores import catalogue as module
from dealstream.stores.catalogue import Catalogue, HBaseCatalogue, MemoryCatalogue
from dealstream.stores.open import open_hbase_pool


@pytest.fixture(params=["memory", pytest.param("hbase", marks=pytest.mark.cluster)])
def catalogue(request) -> Iterator[Catalogue]:
    if request.param == "memory":
        yield MemoryCatalogue()
        return
    settings, relevance = request.getfixturevalue("cluster"), request.getfixturevalue("hbase_tables")
    hbase = open_hbase_pool(settings)
    yield HBaseCatalogue(hbase, relevance.catalogue_table)
    hbase.close()


@pytest.fixture
def name() -> str:
    """Return an id that no other test knows."""
    return f"deal-{uuid4().hex[:8]}"


@pytest.mark.parametrize(
    "attributes", [{}, {"city": "Köln", "price": 3, "lat": 50.5, "x": True, "y": None}, {"long": "x" * 100_000}]
)
def test_attributes_are_as_they_were_put(catalogue, name, attributes):
    catalogue.put(name, attributes)
    assert catalogue.get([name]) == {name: attributes}


def test_what_is_put_replaces_all_that_was_known(catalogue, name):
    catalogue.put(name, {"a": 1, "b": 2})
    catalogue.put(name, {"b": 3})
    assert catalogue.get([name])[name] == {"b": 3}


def test_what_nobody_put_is_left_out(catalogue, name):
    catalogue.put(name, {"a": 1})
    assert catalogue.get([f"{name}-no", name, f"{name}-neither"]) == {name: {"a": 1}}
    assert catalogue.get([]) == {}


def test_what_is_deleted_is_gone_and_can_come_back(catalogue, name):
    catalogue.put(name, {"a": 1})
    for _ in range(2):
        catalogue.delete(name)
        assert catalogue.get([name]) == {}
    catalogue.put(name, {"a": 2})
    assert catalogue.get([name]) == {name: {"a": 2}}


@pytest.mark.parametrize("odd", ["ü€😀", "with space", "nul\0in", "line\nend", "7", ":", "\0"])
def test_ids_are_of_any_kind(catalogue, name, odd):
    catalogue.put(odd + name, {"a": 1})
    assert catalogue.get([odd + name]) == {odd + name: {"a": 1}}


def test_a_walk_meets_every_id_once(catalogue, name, monkeypatch):
    monkeypatch.setattr(module, "SCAN_AT_ONCE", 7)
    wanted = {f"{name}-{number}": {"n": number} for number in range(20)}
    for id_, attributes in wanted.items():
        catalogue.put(id_, attributes)
    found = [(id_, attributes) for id_, attributes in catalogue.walk() if id_.startswith(name)]
    assert len(found) == 20
    assert dict(found) == wanted
