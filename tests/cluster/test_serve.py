"""The HTTP service on the real cluster, started as a person would."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import Deploy
from tests.support.cluster_deployment import Deployment
from tests.support.redis_server import free_port

pytestmark = pytest.mark.cluster
SECONDS = 60


class Api:
    """The API on a port."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return an answer, which must be a good one."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def answers(self) -> bool:
        """Tell whether it serves, and all that it needs is there."""
        try:
            return set(self.ask("GET", "/ready").values()) == {"ok"}
        except OSError:
            return False


@pytest.fixture
def pizza(deploy: Deploy) -> Iterator[Deployment]:
    """Return a deployment of the test's own: that of others is compared with files, which know of no erasure."""
    deployment = deploy("served")
    deployment.submit()
    yield deployment
    deployment.kill()
    deployment.wait_ended()


@pytest.fixture
def api(pizza: Deployment) -> Iterator[Api]:
    """Serve the deployment."""
    port = free_port()
    with pizza.project.started("dealstream", "serve", "--port", str(port)) as serving:
        found = Api(port)
        pizza.until(lambda: found.answers() or serving.code is not None, "the service to be ready")
        assert serving.code is None, serving.output
        yield found


def visit(kind: str, user: str, deal: str, id_: str, **more: object) -> dict[str, object]:
    return {"event_id": id_, "kind": kind, "visitor": user, "offer": deal, **more}


def impressions(page: dict[str, Any], cuboid: str) -> int:
    """Return how many impressions an explanation has of a cuboid's bucket."""
    chains = page["deals"][0]["explanation"]["chains"]
    return next(level["impressions"] for way in chains for level in way["levels"] if level["cuboid"] == cuboid)


def test_what_is_posted_is_counted_explained_and_erased_for_good(pizza: Deployment, api: Api):
    deal, user = f"served-{time.time_ns()}", f"user-{time.time_ns()}"
    api.ask("PUT", f"/deals/{deal}", {"style": "roman", "price": 9.5})
    api.ask("PUT", f"/users/{user}", {"gender": "f", "age": 30})
    question = {"user": user, "candidates": [deal], "explain": True}
    assert impressions(api.ask("POST", "/rank", question), "deal,gender,age") == 0

    api.ask("POST", "/events", {"events": [visit("shown", "somebody", "else", deal)]})
    pizza.until(lambda: api.ask("GET", "/stream")["kept"] == 1, "the topology to be at work")
    events = [visit("shown", user, deal, f"{deal}-{number}") for number in range(20)]
    posted = api.ask("POST", "/events", {"events": [*events, {"kind": "sneezed"}]})
    started = time.monotonic()
    assert (posted["accepted"], len(posted["rejected"])) == (20, 1)
    page = pizza.until(
        lambda: impressions(found := api.ask("POST", "/rank", question), "deal,gender,age") == 20 and found,
        "the events to be explained",
        SECONDS,
    )
    print(f"visible in an explanation after {time.monotonic() - started:.2f} s")
    assert page["deals"][0]["attributes"]["style"] == "roman"
    pizza.until(lambda: len(api.ask("GET", f"/users/{user}/events")["events"]) == 20, "the user's events")
    assert api.ask("GET", f"/users/{user}/events")["events"][0]["gender"] == "f"
    (bucket,) = api.ask("GET", f"/deals/{deal}/conversion?by=gender,age")["buckets"]
    assert (bucket["impressions"], bucket["rate"], bucket["low"]) == (20, 0.0, 0.0)

    api.ask("DELETE", f"/users/{user}")
    assert api.ask("GET", f"/users/{user}/events")["events"] == []
    again = [visit("shown", user, deal, f"{deal}-after")]
    assert api.ask("POST", "/events", {"events": again})["accepted"] == 1
    pizza.until(lambda: api.ask("GET", f"/users/{user}/events")["events"], "what came after the erasure")
    assert [event["event_id"] for event in api.ask("GET", f"/users/{user}/events")["events"]] == [f"{deal}-after"]

    pizza.until(lambda: api.ask("GET", "/stream")["kept"] == 22, "all to be counted")
    assert api.ask("GET", "/topology")["topology"]["name"] == pizza.name
    assert {each["name"] for each in api.ask("GET", "/dimensions")["dimensions"]} > {"deal", "gender", "style"}
