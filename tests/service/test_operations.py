"""How the deployment does, as the service tells it."""

from threading import Event

from dealstream.queries.topology import TopologyState
from dealstream.service.stream import StreamWatch
from dealstream.serving.repeated import NOT_YET, Repeated
from dealstream.stores.catalogue import MemoryCatalogue
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.nimbus import Component, Running
from dealstream.stores.rejected import RejectedRecord
from tests.support.service import Backstage
from tests.support.waiting import until


def post(client, count: int) -> None:
    events = [{"type": "shown", "user": f"u{number}", "deal": "d1"} for number in range(count)]
    assert client.post("/events", json={"events": events}).json()["accepted"] == count


def test_the_stream_tells_what_is_counted_and_what_is_behind():
    backstage = Backstage()
    client = backstage.client()
    post(client, 30)
    assert client.get("/stream").json()["lag"] == 30
    assert client.get("/stream").json()["events_per_s"] is None
    backstage.run()
    found = backstage.client().get("/stream").json()
    assert (found["lag"], found["kept"], found["duplicate"], found["rejected"]) == (0, 30, 0, 0)
    assert sum(partition["end"] for partition in found["partitions"]) == 30


def test_the_rate_is_that_of_the_last_seconds():
    backstage, now = Backstage(), 0.0
    watch = StreamWatch(backstage.stores(), lambda: now)
    assert watch.look()[1] is None
    post(backstage.client(), 40)
    backstage.run()
    now = 4.0
    look, rate = watch.look()
    assert (look.counted, rate) == (40, 10.0)
    now = 4.1
    assert watch.look() == (look, 10.0)
    rates = []
    for now in (10.0, 15.0, 20.0):  # noqa: B007 -- the clock
        rates.append(watch.look()[1])
    assert rates[-1] == 0


def test_rejected_records_are_newest_first_and_once():
    backstage = Backstage()
    records = [
        RejectedRecord(0, offset, f"reason {offset}", value) for offset, value in enumerate([b"x", b"\xff", None])
    ]
    backstage.rejected.publish([*records, records[2]])
    found = backstage.client().get("/rejected?limit=2").json()["rejected"]
    assert found == [
        {"partition": 0, "offset": 2, "reason": "reason 2", "value": None},
        {"partition": 0, "offset": 1, "reason": "reason 1", "value": "\\xff"},
    ]


def test_ready_tells_which_store_is_away():
    class Away:
        def get(self, ids):
            raise StoreUnavailableError("HBase at nowhere:1\nTraceback")

    answer = Backstage().client(stores={"catalogue": Away()}).get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "kafka": "ok", "hbase": "HBase at nowhere:1", "redis": "ok", "catalogue": NOT_YET, "leaderboards": NOT_YET,
    }  # fmt: skip


def test_it_is_ready_once_the_catalogue_is_in_memory():
    readable = Event()

    class Slow(MemoryCatalogue):
        def walk(self):
            readable.wait()
            return super().walk()

    catalogue = Slow()
    catalogue.put("d1", {"city": "Bonn"})
    with Backstage(catalogue=catalogue).client() as client:
        before = client.get("/ready")
        readable.set()
        ready = until(lambda: (found := client.get("/ready")).status_code == 200 and found)
        page = client.post("/rank", json={"candidates": {"city": "Bonn"}}).json()
    assert (before.status_code, before.json()["catalogue"]) == (503, NOT_YET)
    assert ready.json() == dict.fromkeys(("kafka", "hbase", "redis", "catalogue", "leaderboards"), "ok")
    assert [deal["deal"] for deal in page["deals"]] == ["d1"]


def test_ready_tells_what_is_not_kept_up_to_date():
    def refresh() -> None:
        raise StoreUnavailableError("Redis at nowhere:1\nTraceback")

    with (
        Repeated("follower", 60, refresh) as follower,
        Backstage().client(stores={"repeated": (follower,)}) as client,
    ):
        until(lambda: client.get("/ready").json()["follower"] == "Redis at nowhere:1")
        assert client.get("/ready").status_code == 503


def test_the_topology_is_as_nimbus_tells():
    assert Backstage().client().get("/topology").json() == {"topology": None, "components": [], "errors": {}}
    state = TopologyState(
        Running("t-1", "t", "ACTIVE", 5, 1), [Component("dedup", 1, 2, 3, 4, 6.0)], {"dedup": "KeyError"}
    )
    found = Backstage().client(stores={"topology": lambda: state}).get("/topology").json()
    assert found["topology"]["status"] == "ACTIVE"
    assert found["components"][0] == {
        "name": "dedup", "executors": 1, "emitted": 2, "acked": 3, "failed": 4, "latency_ms": 2.0,
    }  # fmt: skip
    assert found["errors"] == {"dedup": "KeyError"}


def test_dimensions_tell_what_can_be_asked():
    backstage = Backstage()
    client = backstage.client()
    client.post("/events", json={"events": [{"type": "shown", "user": "u", "deal": "d", "city": "Bonn"}]})
    backstage.run()
    found = client.get("/dimensions").json()
    by_name = {each["name"]: each for each in found["dimensions"]}
    assert by_name["gender"]["values"] == ["unknown", "f", "m", "other"]
    assert (by_name["city"]["values"], by_name["deal"]["values"]) == (["Bonn"], [])
    assert "deal,gender" in {cuboid["name"] for cuboid in found["cuboids"]}
    assert set(found["fields"]) == {"gender", "city", "price", "lat", "lon", "deal_lat", "deal_lon"}
    assert found["deal_fields"] == []


def test_what_deals_fill_is_theirs_to_tell():
    """Whether they are put here or read; what no dimension reads, or is null or of another type, is no field."""
    backstage = Backstage()
    backstage.catalogue.put("d1", {"city": "Bonn", "title": "One", "lat": None, "price": "much"})
    with backstage.client() as client:
        until(lambda: client.get("/ready").status_code == 200)
        assert client.get("/dimensions").json()["deal_fields"] == ["city"]
        client.put("/deals/d2", json={"city": "Ulm", "deal_lon": 7.0, "deal_lat": 50.0, "price": 5, "gender": None})
        assert client.get("/dimensions").json()["deal_fields"] == ["city", "deal_lat", "deal_lon", "price"]


def test_metrics_count_requests_by_route_and_events_by_outcome():
    client = Backstage().client()
    post(client, 3)
    client.post("/events", json={"events": [{}]})
    client.get("/users/ann")
    client.get("/nothing/of/the/kind")
    text = client.get("/metrics").text
    assert 'dealstream_events_total{outcome="accepted"} 3.0' in text
    assert 'dealstream_events_total{outcome="rejected"} 1.0' in text
    assert 'dealstream_requests_total{method="POST",route="/events",status="200"} 2.0' in text
    assert 'route="/users/{user}",status="404"} 1.0' in text
    assert 'dealstream_requests_total{method="any",route="none",status="404"} 1.0' in text
    assert "of/the/kind" not in text
