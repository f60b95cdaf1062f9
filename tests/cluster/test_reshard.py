"""A Redis server more under the real topology, which was configured without it and is not told."""

import json
import re

import pytest

from tests.cluster.conftest import Deploy
from tests.support.redis_server import RedisServer
from tests.support.redis_servers import Servers

pytestmark = pytest.mark.cluster


def test_slots_move_to_a_third_server_while_events_flow(deploy: Deploy, more_redis: list[RedisServer]):
    addresses = [server.address for server in more_redis]
    growing = deploy("growing", Servers(more_redis[:2]))
    file = growing.generate(30_000, seed=9)
    growing.submit()
    growing.configure_redis(Servers(more_redis))

    with growing.project.started("dealstream", "produce", "--rate", "1000", str(file)) as producing:
        growing.until(lambda: growing.counted() > 1000, "the first events to be counted")
        said = growing.run("dealstream", "reshard", "--yes")
        before = growing.counted()
        growing.until(lambda: growing.counted() > before, "events to be counted where the slots are now")
        assert producing.code is None, "the events were to flow all the while"
    assert producing.code == 0, producing.output

    assert re.search(r"moved 5 slots, .* keys were removed", said)
    held = json.loads(growing.run("dealstream", "slots", "--json"))["servers"]
    assert [(row["server"], len(row["slots"])) for row in held] == list(zip(addresses, (6, 5, 5), strict=True))
    sent = file.with_name("sent.ndjson")
    (number,) = re.findall(r"([\d,]+) events to ", producing.output)
    sent.write_text("".join(file.read_text().splitlines(keepends=True)[: int(number.replace(",", ""))]))
    growing.files.append(sent)
    assert growing.settle().startswith("exact: ")
