"""`python -m bench.rank`: fills Redis servers of its own, and times each part of a request."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import redis

from bench.memory.servers import running
from bench.rank.world import (
    AREAS,
    BUCKETS,
    DEALS,
    RELEVANCE,
    TIMEOUT_MS,
    candidates,
    catalogue,
    fill,
    following,
    owners,
)
from cluster.layout import CHECKOUT
from dealstream.cli.tables import show
from dealstream.domain.ranking.affinity import nothing
from dealstream.domain.ranking.catalogue import Filter
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.lookup import evidence
from dealstream.domain.ranking.lookup import owners as owners_of
from dealstream.domain.ranking.rank import Ranker
from dealstream.serving.counts import ReadCounts
from dealstream.serving.follower import Follower
from dealstream.serving.index import CatalogueIndex
from dealstream.stores.cube_strings import CubeStrings
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_servers import RedisServers
from dealstream.stores.vocabulary import MemoryVocabulary

CANDIDATES, ROUNDS = 2_000, 100


def timed(name: str, work: Callable[[int], object]) -> dict[str, object]:
    """Do it a hundred times; return the milliseconds that it took."""
    work(0)
    walls, cpu = [], time.process_time()
    for number in range(ROUNDS):
        started = time.perf_counter()
        work(number)
        walls.append((time.perf_counter() - started) * 1000)
    cpu_ms = (time.process_time() - cpu) / ROUNDS * 1000
    p50, p99 = np.percentile(walls, [50, 99]).tolist()
    return {"part": name, "p50_ms": p50, "p99_ms": p99, "cpu_ms": cpu_ms}


def run(folder: Path) -> list[dict[str, object]]:
    """Measure, with all that the servers write in ``folder``."""
    rng, keys, every = np.random.default_rng(1), RELEVANCE.keys, owners(BUCKETS)
    with running(folder, 2) as servers:
        clients = [redis.Redis.from_url(f"redis://{address}") for address in servers.addresses]
        print(f"{fill(clients, every, rng):,} buckets")
        counters = RedisCounters(RedisServers(servers.addresses, keys, TIMEOUT_MS), keys, CubeStrings(keys))
        follower = following(servers.addresses)
        reader, ranker = ReadCounts(counters), Ranker(RELEVANCE.ranking)
        some = [candidates(every["deal"], CANDIDATES, rng) for _ in range(8)]
        wanted = [owners_of(ranker.tree, each) for each in some]
        found = [evidence(ranker.tree, each, follower.tables(own)) for each, own in zip(some, wanted, strict=True)]
        still = nothing(CANDIDATES)
        rows = [
            timed("rank", lambda n: ranker.rank(some[n % 8].keys(), found[n % 8], 0.02, still, n)),
            timed("lookup", lambda n: evidence(ranker.tree, some[n % 8], follower.tables(wanted[n % 8]))),
            timed("follower: tables", lambda n: follower.tables(owners_of(ranker.tree, some[n % 8]))),
            timed("follower: refresh, nothing new", lambda n: follower.refresh()),
            timed("pipelined read and parse", lambda n: reader.tables(owners_of(ranker.tree, some[n % 8]))),
        ]
        rows += _index(follower)
        follower.close()
        counters.close()
        return rows


def _index(follower: Follower) -> list[dict[str, object]]:
    vocabulary = MemoryVocabulary()
    index = CatalogueIndex(RELEVANCE, follower, lambda name, labels: np.array(vocabulary.codes(name, labels), np.int32))
    index.put(catalogue())
    started = time.perf_counter()
    index.refresh(Exposures(0.02), 1)
    print(f"leaderboards of {DEALS:,} deals made in {time.perf_counter() - started:.1f} s")
    return [timed("candidates by area", lambda n: index.candidates(Filter({"area": f"a{n % AREAS}"}), 400))]


def main() -> None:
    """Run it."""
    output = CHECKOUT / "build"
    output.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-rank-", dir=output) as folder:
        show(pl.DataFrame(run(Path(folder))))


if __name__ == "__main__":
    main()
