"""`python -m bench.rank.load`: the HTTP service under a steady load of /rank requests, sent by `hey`.

Counts are in real Redis servers and followed; catalogue and users are in memory. Requests come at an even pace, and
from callers who know nothing of each other: each sends one a second, from a moment of its own on. (One `hey` of many
callers has them all send at once.)
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import polars as pl
import redis
import uvicorn

from bench.memory.servers import running
from bench.rank.answered import Answered
from bench.rank.world import (
    AREAS,
    BUCKETS,
    CATEGORIES,
    DEALS,
    RELEVANCE,
    TIMEOUT_MS,
    catalogue,
    fill,
    following,
    owners,
)
from bench.servers import free_port
from cluster.ports import HOST
from cluster.tools import LOAD, require
from dealstream.cli.tables import show
from dealstream.service.app import SWITCH_S, create_app
from dealstream.service.keys import Keys
from dealstream.service.limits import Limits
from dealstream.service.stores import FOLLOWED_AGAIN_S, SharedLog, Stores
from dealstream.serving.repeated import Repeated
from dealstream.stores.catalogue import MemoryCatalogue
from dealstream.stores.cube_strings import CubeStrings
from dealstream.stores.erasures import MemoryErasures
from dealstream.stores.event_log import MemoryEventLog
from dealstream.stores.log import MemoryLog
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_servers import RedisServers
from dealstream.stores.rejected import MemoryRejected
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary

RATE, WARM_UP_S, SECONDS = 50, 10, 40
USER = {"gender": "f", "age": 30, "platform": "ios", "lat": 52.5, "lon": 13.4}


def stores(addresses: list[str], closing: ExitStack) -> Stores:
    """Return the counts on these servers, and a catalogue in memory."""
    keys, log = RELEVANCE.keys, MemoryLog(partitions=1)
    counters = RedisCounters(RedisServers(addresses, keys, TIMEOUT_MS), keys, CubeStrings(keys))
    follower = following(addresses)
    closing.callback(counters.close)
    closing.callback(follower.close)
    closing.enter_context(Repeated("follower", FOLLOWED_AGAIN_S, follower.refresh))
    vocabulary = MemoryVocabulary()
    vocabulary.codes("category", [f"c{number}" for number in range(CATEGORIES)])
    vocabulary.codes("area", [f"a{number}" for number in range(AREAS)])
    in_memory = MemoryCatalogue()
    for deal, attributes in catalogue().items():
        in_memory.put(deal, attributes)
    return Stores(
        events=MemoryEventLog(log),
        log=SharedLog(log),
        rejected=MemoryRejected(),
        counters=counters,
        counts=follower,
        vocabulary=vocabulary,
        user_events=MemoryUserEvents(),
        catalogue=in_memory,
        profiles=MemoryCatalogue(),
        erasures=MemoryErasures(),
        topology=lambda: None,
    )


@contextmanager
def serving(addresses: list[str]) -> Iterator[str]:
    """Serve on a free port, and yield the address once everything is in memory."""
    with ExitStack() as closing:
        app = create_app(RELEVANCE, stores(addresses, closing), Keys.of({}), Limits(per_second=1e9, burst=10**9))
        server = uvicorn.Server(uvicorn.Config(app, HOST, port := free_port(), log_level="warning", access_log=False))
        thread = Thread(target=server.run)
        thread.start()
        try:
            yield _ready(f"http://{HOST}:{port}")
        finally:
            server.should_exit = True
            thread.join()


def _ready(url: str) -> str:
    """Return an address as soon as what is behind it has everything in memory."""
    while True:
        with suppress(URLError), urlopen(f"{url}/ready"):
            return url
        time.sleep(0.5)


def load(url: str, folder: Path, name: str, body: Mapping[str, Any], callers: int) -> dict[str, object]:
    """Send requests, and return the milliseconds until their answers were there, for the callers and in the server."""
    path, rng = folder / "body.json", np.random.default_rng(3)
    path.write_text(json.dumps(body))
    every = [
        "hey",
        "-c",
        "1",
        "-q",
        str(RATE // callers),
        "-m",
        "POST",
        "-T",
        "application/json",
        "-D",
        str(path),
        "-o",
        "csv",
    ]
    command = [*every, "-z", f"{WARM_UP_S + SECONDS}s", f"{url}/rank"]
    running_callers = []
    for pause in rng.dirichlet(np.ones(callers)).tolist():  # random moments of one second
        running_callers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        time.sleep(pause)
    time.sleep(WARM_UP_S)
    before = Answered.by(url)
    answers = pl.concat([pl.read_csv(caller.communicate()[0].encode()) for caller in running_callers])
    after = Answered.by(url)
    if set(answers["status-code"]) != {200} or any(caller.returncode for caller in running_callers):
        raise SystemExit(f"{name}: not all were answered: {answers['status-code'].value_counts()}")
    warm = answers.filter(pl.col("offset") >= WARM_UP_S)["response-time"] * 1000
    seen = {f"p{share}_ms": warm.quantile(share / 100) for share in (50, 95, 99)}
    return {"candidates": name, "callers": callers, "answered": len(warm), **seen, **after.since(before)}


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
        bodies: dict[str, Mapping[str, Any]] = {
            "2,000 listed": {"attributes": USER, "candidates": some},
            "by area": {"attributes": USER, "candidates": {"area": "a7"}},
        }
        with serving(servers.addresses) as url:
            rows = [
                load(url, Path(folder), name, body, callers) for name, body in bodies.items() for callers in (1, RATE)
            ]
            show(pl.DataFrame(rows))


if __name__ == "__main__":
    main()
