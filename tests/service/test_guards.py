"""Keys, limits, errors: who is let in, how much, and what is told to whom is not."""

import pytest

from dealstream.service.keys import Keys, Scope
from dealstream.service.limits import Buckets, Limits
from tests.support.service import KEYS, Backstage
from tests.support.waiting import until

EVENT = {"id": "e1", "time": 5, "type": "shown", "user": "ann", "deal": "d1"}
CALLS = [
    ("POST", "/rank", {}, Scope.READ),
    ("GET", "/users/ann/events", None, Scope.READ),
    ("GET", "/deals/d1/conversion", None, Scope.READ),
    ("GET", "/conversion?cuboid=deal", None, Scope.READ),
    ("GET", "/dimensions", None, Scope.READ),
    ("GET", "/stream", None, Scope.READ),
    ("GET", "/rejected", None, Scope.READ),
    ("GET", "/topology", None, Scope.READ),
    ("POST", "/events", {"events": [EVENT]}, Scope.WRITE),
    ("PUT", "/users/ann", {}, Scope.WRITE),
    ("PUT", "/deals/d1", {}, Scope.WRITE),
    ("DELETE", "/users/ann", None, Scope.ADMIN),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), CALLS)
@pytest.mark.parametrize("key", ["reader", "other", "writer", "admin", "adminn", "admi", "", "ä".encode(), None])
def test_a_key_opens_what_its_scope_is_for(method, path, body, scope, key):
    backstage = Backstage()
    before = backstage.everything()
    client = backstage.client(environment=KEYS)
    answer = client.request(method, path, json=body, headers={} if key is None else {"X-API-Key": key})
    allowed = {"reader": Scope.READ, "other": Scope.READ, "writer": Scope.WRITE, "admin": Scope.ADMIN}.get(key)
    expected = 401 if allowed is None else 200 if allowed >= scope else 403
    assert answer.status_code == expected, answer.text
    if expected != 200:
        assert answer.json()["error"]
        assert backstage.everything() == before


def test_without_keys_everything_is_allowed():
    assert Backstage().client().delete("/users/ann").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/metrics", "/ready", "/openapi.json"])
def test_what_needs_no_key(path):
    with Backstage().client(environment=KEYS) as client:
        until(lambda: client.get(path).status_code == 200)


def test_a_key_listed_twice_has_the_higher_scope():
    keys = Keys.of({"DEALSTREAM_READ_KEYS": "a,b", "DEALSTREAM_ADMIN_KEYS": " a ,"})
    assert (keys.scope("a"), keys.scope("b"), keys.scope("")) == (Scope.ADMIN, Scope.READ, None)


def test_a_caller_may_ask_so_often():
    now = 0.0
    buckets = Buckets(Limits(per_second=2, burst=3), lambda: now)
    assert [buckets.wait(b"a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait(b"b") == 0
    now = 0.5
    assert [buckets.wait(b"a") for _ in range(2)] == [0, 0.5]
    now = 100.0
    assert [buckets.wait(b"a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_too_many_requests_are_429_by_key():
    client = Backstage().client("reader", limits=Limits(per_second=0.001, burst=2))
    codes = [client.get("/stream").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/stream")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["error"]
    assert client.get("/stream", headers={"X-API-Key": "writer"}).status_code == 200
    assert client.get("/health", headers={"X-API-Key": "nobody"}).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_is_413_whatever_length_it_claims(chunked):
    backstage = Backstage()
    client = backstage.client(limits=Limits(body_bytes=100))
    body = b'{"events": [' + b" " * 100 + b"]}"
    answer = client.post("/events", content=iter([body[:50], body[50:]]) if chunked else body)
    assert (answer.status_code, backstage.values()) == (413, [])


def test_a_broken_service_tells_nothing_of_itself(caplog):
    class Broken:
        def get(self, ids):
            raise ZeroDivisionError("secret of line 42")

    answer = Backstage().client(stores={"profiles": Broken()}).get("/users/ann")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret of line 42" in caplog.text
