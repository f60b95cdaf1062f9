"""`python -m bench.rank.load`: the HTTP service under a steady load of /rank requests, sent by `hey`.

Counts are in real Redis servers and followed; catalogue and users are in memory.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np
import polars as pl
import redis
import uvicorn

from bench.memory.servers import running
from bench.rank.world import AREAS, CATEGORIES, RELEVANCE, fill, owners
from bench.servers import free_port
from cluster.ports import HOST
from cluster.tools import LOAD, require
from dealstream.cli.tables import show
from dealstream.service.app import SWITCH_S, create_app
from dealstream.service.keys import Keys
from dealstream.service.limits import Limits
from dealstream.service.stores import FOLLOWED_AGAIN_S, SharedLog, Stores
from dealstream.serving.follower import Follower
from dealstream.serving.repeated import Repeated
from dealstream.stores.catalogue import MemoryCatalogue
from dealstream.stores.cube_strings import CubeStrings
from dealstream.stores.erasures import MemoryErasures
from dealstream.stores.event_log import MemoryEventLog
from dealstream.stores.log import MemoryLog
from dealstream.stores.redis_changes import RedisCubeChanges
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_servers import RedisServers
from dealstream.stores.rejected import MemoryRejected
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary

BUCKETS, DEALS, TIMEOUT_MS = 1_000_000, 400_000, 30_000
CALLERS, RATE, SECONDS = 10, 50, 30
USER = {"gender": "f", "age": 30, "platform": "ios", "lat": 52.5, "lon": 13.4}


def stores(addresses: list[str], closing: ExitStack) -> Stores:
    """Return the counts on these servers, and a catalogue in memory."""
    keys, log = RELEVANCE.keys, MemoryLog(partitions=1)
    counters = RedisCounters(RedisServers(addresses, keys, TIMEOUT_MS), keys, CubeStrings(keys))
    follower = Follower(RedisCubeChanges(RedisServers(addresses, keys, TIMEOUT_MS), keys, TIMEOUT_MS), keys)
    follower.tables(owners(BUCKETS))
    closing.callback(counters.close)
    closing.callback(follower.close)
    closing.callback(Repeated("follower", FOLLOWED_AGAIN_S, follower.refresh).close)
    vocabulary = MemoryVocabulary()
    vocabulary.codes("category", [f"c{number}" for number in range(CATEGORIES)])
    vocabulary.codes("area", [f"a{number}" for number in range(AREAS)])
    return Stores(
        events=MemoryEventLog(log),
        log=SharedLog(log),
        rejected=MemoryRejected(),
        counters=counters,
        counts=follower,
        vocabulary=vocabulary,
        user_events=MemoryUserEvents(),
        catalogue=catalogue(),
        profiles=MemoryCatalogue(),
        erasures=MemoryErasures(),
        topology=lambda: None,
    )


def catalogue() -> MemoryCatalogue:
    """Return the attributes of all deals; the first of them have counts."""
    rng, found = np.random.default_rng(1), MemoryCatalogue()
    columns = rng.integers(0, AREAS, DEALS), rng.integers(0, CATEGORIES, DEALS), rng.uniform(1, 150, DEALS)
    for number, (area, kind, price) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        place = {"deal_lat": 52 + area / AREAS, "deal_lon": 13 + kind / CATEGORIES}
        found.put(f"d{number}", {"area": f"a{area}", "category": f"c{kind}", "price": price, **place})
    return found


@contextmanager
def serving(addresses: list[str]) -> Iterator[str]:
    """Serve on a free port, and yield the address once everything is in memory."""
    with ExitStack() as closing:
        app = create_app(RELEVANCE, stores(addresses, closing), Keys.of({}), Limits(per_second=1e9, burst=10**9))
        server = uvicorn.Server(uvicorn.Config(app, HOST, port := free_port(), log_level="warning", access_log=False))
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield f"http://{HOST}:{port}"
        finally:
            server.should_exit = True
            thread.join()


def load(url: str, folder: Path, name: str, body: Mapping[str, Any]) -> dict[str, object]:
    """Send requests, and return the milliseconds until their answers were there."""
    path = folder / "body.json"
    path.write_text(json.dumps(body))
    command = ["hey", "-c", CALLERS, "-q", RATE / CALLERS, "-m", "POST", "-T", "application/json", "-D", path]
    for seconds in (5, SECONDS):  # the first are to warm up
        told = subprocess.run(
            [*map(str, command), "-z", f"{seconds}s", f"{url}/rank"], capture_output=True, text=True, check=True
        ).stdout
    statuses = dict(re.findall(r"\[(\d+)\]\s+(\d+) responses", told))
    if set(statuses) != {"200"}:
        raise SystemExit(f"{name}: not all were answered\n{told}")
    within = {share: float(seconds) * 1000 for share, seconds in re.findall(r"(\d+)% in ([\d.]+) secs", told)}
    figures = {f"p{share}_ms": within[share] for share in ("50", "95", "99")}
    return {"requests": name, "answered": int(statuses["200"]), **figures}


def main() -> None:
    """Run it."""
    require(LOAD, print)
    sys.setswitchinterval(SWITCH_S)
    rng = np.random.default_rng(2)
    with TemporaryDirectory() as folder, running(Path(folder), 2) as servers:
        clients = [redis.Redis.from_url(f"redis://{address}") for address in servers.addresses]
        print(f"{fill(clients, owners(BUCKETS), rng):,} buckets, {DEALS:,} deals, {RATE} requests a second")
        deals = owners(BUCKETS)["deal"]
        some = [deals[place] for place in rng.choice(len(deals), 2000, replace=False).tolist()]
        with serving(servers.addresses) as url:
            show(
                pl.DataFrame(
                    [
                        load(url, Path(folder), "2,000 candidates, listed", {"attributes": USER, "candidates": some}),
                        load(url, Path(folder), "by area", {"attributes": USER, "candidates": {"area": "a7"}}),
                    ]
                )
            )


if __name__ == "__main__":
    main()
