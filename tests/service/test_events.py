"""``POST /events``."""

import json

import pytest

from dealstream.stores.errors import StoreUnavailableError
from tests.support.service import NOW, Backstage

EVENT = {"id": "e1", "time": 5, "type": "shown", "user": "ann", "deal": "d1"}


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


def post(client, *events):
    return client.post("/events", json={"events": list(events)})


def test_events_are_on_the_log_when_it_answers(backstage):
    answer = post(backstage.client(), EVENT, {**EVENT, "id": 7, "user": 42})
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "rejected": [], "ids": ["e1", "7"]}
    assert sorted(map(json.loads, backstage.values()), key=str) == sorted(
        [EVENT, {**EVENT, "id": 7, "user": 42}], key=str
    )


def test_what_is_no_event_is_told_and_the_rest_is_taken(backstage):
    bad = [{**EVENT, "type": "sneezed"}, {**EVENT, "price": "dear"}, {"id": "x"}, {**EVENT, "user": ["a"]}, {}]
    answer = post(backstage.client(), bad[0], EVENT, *bad[1:]).json()
    assert answer["accepted"] == 1
    assert answer["ids"] == [None, "e1", None, None, None, None]
    assert [each["index"] for each in answer["rejected"]] == [0, 2, 3, 4, 5]
    assert "sneezed" in answer["rejected"][0]["reason"]
    assert len(backstage.values()) == 1


def test_what_an_event_does_not_tell_is_filled_in(backstage):
    client = backstage.client()
    client.put("/users/ann", json={"gender": "f", "city": "Bonn", "nickname": "A"})
    client.put("/deals/d1", json={"price": 12.5, "city": "Berlin", "title": "Pizza"})
    post(client, {"type": "shown", "user": "ann", "deal": "d1", "gender": None})
    (found,) = map(json.loads, backstage.values())
    assert found.pop("id")
    assert found == {
        "type": "shown", "user": "ann", "deal": "d1", "time": NOW, "gender": None, "city": "Bonn", "price": 12.5,
    }  # fmt: skip


def test_what_was_known_by_another_configuration_is_left_out(backstage):
    backstage.catalogue.put("d1", {"price": "cheap", "city": "Bonn"})
    assert post(backstage.client(), EVENT).json()["accepted"] == 1
    assert json.loads(backstage.values()[0]) == {**EVENT, "city": "Bonn"}


def test_made_ids_differ(backstage):
    answer = post(backstage.client(), *[{"type": "shown", "user": "ann", "deal": "d1"}] * 3).json()
    assert len(set(answer["ids"])) == 3
    assert {json.loads(value)["id"] for value in backstage.values()} == set(answer["ids"])


@pytest.mark.parametrize("raw", ['{"x": NaN}', '{"user": "\\ud800"}', '{"x": 1e999}', '{"id": 1' + "0" * 30 + "}"])
def test_what_is_no_json_or_no_text_is_rejected(backstage, raw):
    event = json.dumps(EVENT)[:-1] + ", " + raw[1:]
    answer = backstage.client().post(
        "/events", content=f'{{"events": [{event}]}}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["accepted"], answer.json()["ids"]) == (200, 0, [None])
    assert backstage.values() == []


def test_a_log_that_is_away_is_503(backstage):
    class Away:
        def append(self, users, events, timestamp_ms):
            raise StoreUnavailableError("Kafka is away")

    answer = post(backstage.client(stores={"events": Away()}), EVENT)
    assert (answer.status_code, answer.json()) == (503, {"error": "Kafka is away"})
    assert int(answer.headers["Retry-After"]) > 0
