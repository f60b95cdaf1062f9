"""Two hundred requests and more that nobody should send: each is refused, and nothing is written."""

import json

import pytest

from tests.support.service import KEYS, NOW, Backstage

EVENT = {"id": "e1", "time": NOW, "type": "shown", "user": "ann", "deal": "d1"}
JSON = {"Content-Type": "application/json"}
DEEP = "[" * 5000 + "]" * 5000
NO_JSON = [
    b"", b"{", b"[", b"nonsense", b"\xff\xfe", b'{"events": [', b'{"events": [}]', b"\0", b"'", b'{"a": 1}}',
    b"{'events': []}", DEEP.encode(), DEEP[:5000].encode(), b'{"events": [1' + b"0" * 5000 + b"]}",
]  # fmt: skip
HUGE = [
    b'{"events": [' + b" " * (1 << 20) + b"]}",
    json.dumps({"events": [{**EVENT, "x": "y" * (1 << 20)}]}).encode(),
    b"\0" * (1 << 21),
    json.dumps({"x": "y" * (1 << 20)}).encode(),
]
ODD = [None, True, 0, -1, 1.5, "x", "", [], [[]], [None], [1], ["x"], {"x": {}}, {"x": []}]
BODIES = {
    "/events": [
        *({"events": odd} for odd in [*ODD, {}]),
        {}, {"event": [EVENT]}, {"events": [EVENT], "force": True}, {"events": [EVENT] * 1001}, [EVENT], "x", 1,
        {"events": [EVENT, 1]}, {"events": [EVENT, None]}, {"events": [EVENT, [EVENT]]},
    ],
    "/rank": [
        *({"user": odd} for odd in [True, 1.5, "", [], {}, "x" * 201, 2**63]),
        *({"limit": odd} for odd in [None, 0, -1, 1.5, "x", 1001, [], {}]),
        *({"explain": odd} for odd in [None, 2, "maybe", [], {}]),
        *({name: odd} for name in ("attributes", "context") for odd in [None, 1, "x", [], [1], {"gender": []}]),
        *({name: odd} for name in ("attributes", "context") for odd in [{"x": 1}, {"id": "x"}, {"price": "dear"}]),
        *({"candidates": odd} for odd in [None, 1, "x", [""], [1], [None], [[]], ["x" * 201], ["x"] * 5001]),
        *({"candidates": {"near": odd}} for odd in [1, "x", [], {}, {"lat": 1, "lon": 1}]),
        {"candidates": {"near": {"lat": 91, "lon": 0, "km": 1}}},
        {"candidates": {"near": {"lat": 0, "lon": 181, "km": 1}}},
        {"candidates": {"near": {"lat": 0, "lon": 0, "km": -1}}},
        {"candidates": {"near": {"lat": 0, "lon": 0, "km": 1, "more": 1}}},
        {"candidates": {"city": []}}, {"candidates": {"city": {"$gt": ""}}}, {"sort": "score"}, [], "x", 1,
    ],
    "/users/ann": [1, "x", [], [1], {"x": []}, {"x": {}}, {"price": "dear"}, {"user": "bob"}, {"id": 1}, {"": 1},
                   {"x" * 201: 1}, {"x": "y" * 2001}, {"x": 2**63}, {f"x{n}": 1 for n in range(101)}],
    "/deals/d1": [1, "x", [], [1], {"x": []}, {"x": {}}, {"price": "dear"}, {"deal": "d2"}, {"time": 1}, {"": 1},
                  {"x" * 201: 1}, {"x": "y" * 2001}, {"x": 2**63}, {f"x{n}": 1 for n in range(101)}],
}  # fmt: skip
RAW = {
    "/rank": [b'{"user": "\\ud800"}', b'{"candidates": ["\\udfff"]}', b'{"attributes": {"price": NaN}}',
              b'{"attributes": {"city": "\\ud800"}}', b'{"candidates": {"near": {"lat": NaN, "lon": 0, "km": 1}}}',
              b'{"candidates": {"near": {"lat": 0, "lon": 0, "km": Infinity}}}', b'{"\\ud800": 1}'],
    "/deals/d1": [b'{"x": NaN}', b'{"x": 1e999}', b'{"x": "\\ud800"}', b'{"\\ud800": 1}', b'{"price": -Infinity}'],
    "/users/ann": [b'{"x": NaN}', b'{"x": 1e999}', b'{"x": "\\ud800"}', b'{"\\ud800": 1}'],
}  # fmt: skip
METHODS = {"/events": "POST", "/rank": "POST", "/users/ann": "PUT", "/deals/d1": "PUT"}
QUERIES = {
    "GET": ["/users/ann/events?limit=0", "/users/ann/events?limit=x", "/users/ann/events?limit=99999",
            "/rejected?limit=-1", "/rejected?limit=1e9", "/conversion", "/conversion?cuboid=,",
            "/conversion?cuboid=deal%00", "/conversion?cuboid=" + "deal," * 500, "/deals/d1/conversion?window=-1d",
            f"/deals/d1/conversion?window={10**18}d", "/deals/d1/conversion?window=1d;DROP", "/deals/" + "x" * 201,
            "/../../etc/passwd", "/users/..%2F..%2F..%2Fetc%2Fpasswd", "/events", "/rank"],
    "PUT": ["/users/" + "x" * 201, "/events", "/rank", "/metrics"],
    "POST": ["/users/ann", "/deals/d1", "/health"],
    "DELETE": ["/deals/d1", "/events", "/users", "/users/" + "x" * 201],
    "PATCH": ["/users/ann"],
    "TRACE": ["/rank"],
}  # fmt: skip
REQUESTS = [
    *((METHODS[path], path, raw) for path in METHODS for raw in [*NO_JSON, *HUGE, *RAW.get(path, [])]),
    *((METHODS[path], path, json.dumps(body).encode()) for path, bodies in BODIES.items() for body in bodies),
    *((method, path, b"") for method, paths in QUERIES.items() for path in paths),
]


def test_there_are_two_hundred():
    assert len(REQUESTS) >= 200


@pytest.fixture(scope="module")
def backstage() -> Backstage:
    """Return a service that has something to lose."""
    found = Backstage()
    found.profiles.put("ann", {"gender": "f"})
    found.catalogue.put("d1", {"city": "Bonn"})
    found.client().post("/events", json={"events": [EVENT]})
    found.run()
    return found


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_a_hostile_request_is_refused_and_writes_nothing(backstage, number):
    method, path, body = REQUESTS[number]
    before = backstage.everything()
    answer = backstage.client("admin").request(method, path, content=body, headers=JSON)
    assert 400 <= answer.status_code < 500, f"{method} {path} {body[:200]!r}: {answer.text}"
    assert set(answer.json()) == {"error"}
    assert "Traceback" not in answer.text
    assert backstage.everything() == before


FORMS = ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]


@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_say_that_it_is_json_is_refused(backstage, path, form):
    """A browser sends such forms from any page without asking."""
    before = backstage.everything()
    body = {"/events": {"events": [EVENT]}, "/rank": {}}.get(path, {"x": 1})
    answer = backstage.client().request(
        METHODS[path], path, content=json.dumps(body).encode(), headers={"Content-Type": form}
    )
    assert 400 <= answer.status_code < 500
    assert backstage.everything() == before


@pytest.mark.parametrize("path", sorted(METHODS.keys() - {"/rank"}))
@pytest.mark.parametrize("key", ["reader", "", "admin ", "Admin", "admin,", "\t", "x" * 5000])
def test_other_keys_write_nothing(backstage, path, key):
    before = backstage.everything()
    client = backstage.client(environment=KEYS)
    body = {"events": [EVENT]} if path == "/events" else {"x": 1}
    answer = client.request(METHODS[path], path, json=body, headers={"X-API-Key": key.encode()})
    assert answer.status_code in (401, 403)
    assert backstage.everything() == before
