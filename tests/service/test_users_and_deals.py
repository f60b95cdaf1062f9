"""Users, deals, and how they convert."""

import json

import pytest

from tests.support.service import Backstage


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


@pytest.fixture
def client(backstage):
    return backstage.client()


@pytest.mark.parametrize(("path", "name"), [("/users/x y%C3%BC", "user"), ("/deals/x y%C3%BC", "deal")])
def test_attributes_are_as_they_were_told(client, path, name):
    assert client.get(path).status_code == 404
    attributes = {"price": 3, "city": "Köln", "title": None, "x": True}
    told = {name: "x yü", "attributes": attributes}
    assert client.put(path, json=attributes).json() == told
    assert client.get(path).json() == told
    assert client.put(path, json={"price": 4.5}).json()["attributes"] == client.get(path).json()["attributes"]


@pytest.mark.parametrize("attributes", [{"price": "x"}, {"user": "x"}, {"": 1}, {"x": [1]}, {"x": "y" * 3000}, []])
def test_attributes_that_cannot_be_are_refused(client, backstage, attributes):
    for path in ("/users/x", "/deals/x"):
        assert client.put(path, json=attributes).status_code == 422
        assert client.get(path).status_code == 404


def visit(client, user: str, ids: list[str]) -> None:
    events = [{"id": id_, "time": int(id_), "type": "shown", "user": user, "deal": "d1"} for id_ in ids]
    assert client.post("/events", json={"events": events}).json()["accepted"] == len(ids)


def test_a_users_events_are_newest_first(client, backstage):
    visit(client, "ann", ["1", "3", "2"])
    backstage.run()
    assert [event["id"] for event in client.get("/users/ann/events?limit=2").json()["events"]] == ["3", "2"]
    assert client.get("/users/bob/events").json() == {"user": "bob", "events": []}


def test_erased_is_profile_and_history_with_a_tombstone(client, backstage):
    visit(client, "ann", ["1"])
    visit(client, "bob", ["2"])
    client.put("/users/ann", json={"gender": "f"})
    backstage.run()

    answer = client.delete("/users/ann")

    assert answer.status_code == 200
    assert client.get("/users/ann").status_code == 404
    assert client.get("/users/ann/events").json()["events"] == []
    assert len(client.get("/users/bob/events").json()["events"]) == 1
    (tombstone,) = backstage.erasures.tombstones
    assert tombstone.user == "ann"
    assert dict(tombstone.ends) == {partition: end for partition, (_, end) in backstage.log.bounds([0, 1]).items()}
    assert answer.json()["ends"] == json.loads(json.dumps(dict(tombstone.ends)))


def test_conversion_with_intervals(client, backstage):
    kinds = ["shown"] * 10 + ["bought"] * 3
    events = [{"type": kind, "user": "u", "deal": "d1", "gender": "f"} for kind in kinds]
    events += [{"type": "shown", "user": "u", "deal": "d2", "gender": "m"}]
    client.post("/events", json={"events": events})
    backstage.run()

    (women,) = client.get("/deals/d1/conversion?by=gender").json()["buckets"]
    (total,) = client.get("/deals/d1/conversion").json()["buckets"]
    every = client.get("/conversion?cuboid=gender,deal").json()
    one = client.get("/conversion?cuboid=deal,gender&owner=d2").json()

    assert women["bucket"] == {"gender": "f"}
    assert (women["impressions"], women["conversions"], women["rate"]) == (10, 3, 0.3)
    assert 0 < women["low"] < 0.3 < women["high"] < 1
    assert total == {**women, "bucket": {}}
    assert [each["bucket"]["deal"] for each in every["buckets"]] == ["d1", "d2"]
    assert one["buckets"][0]["low"] == 0
    assert client.get("/deals/nobody/conversion").json()["buckets"] == []


@pytest.mark.parametrize(
    "question",
    ["/deals/d1/conversion?by=price", "/conversion?cuboid=x", "/conversion", "/deals/d1/conversion?window=1d",
     "/deals/d1/conversion?window=soon", "/conversion?cuboid=deal&limit=0"],
)  # fmt: skip
def test_what_is_not_counted_is_told(client, question):
    answer = client.get(question)
    assert answer.status_code == 422
    assert answer.json()["error"]
