"""A catalogue, buckets for its deals, and candidates: random, and the same for the same numbers."""

from collections.abc import Sequence

import numpy as np
import redis

from dealstream.domain import cube
from dealstream.domain.attributes import Attributes
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.relevance_table import parse
from dealstream.serving.follower import Follower
from dealstream.stores.redis_changes import RedisCubeChanges
from dealstream.stores.redis_servers import RedisServers

BUCKETS, DEALS, CATEGORIES, AREAS, BUCKETS_A_CUBE = 1_000_000, 400_000, 48, 400, 60
TIMEOUT_MS = 30_000
_CUBOIDS = (
    "deal;deal,gender;deal,gender,age;deal,gender,age,platform;deal,distance;deal,distance,age;deal,platform;"
    "category;category,price;category,gender;category,gender,age;area;area,category;area,category,price"
)
_CHAINS = (
    "category;category,price;deal;deal,gender;deal,gender,age;deal,gender,age,platform",
    "area;area,category;area,category,price;deal;deal,distance;deal,distance,age",
    "category;category,gender;category,gender,age;deal;deal,platform;deal,gender,age,platform",
)
RELEVANCE = parse(
    {
        "name": "bench_rank",
        "slots": 64,
        "types": {"impression": "impression", "conversion": "purchase", "others": ["click"]},
        "cuboids": [each.split(",") for each in _CUBOIDS.split(";")],
        "ranking": {"chains": [chain.split(";") for chain in _CHAINS]},
        "dimensions": {
            "gender": {"field": "gender", "values": ["f", "m"]},
            "age": {"field": "age", "edges": [18, 25, 35, 45, 55, 65]},
            "platform": {"field": "platform", "values": ["ios", "android", "web"]},
            "category": {"field": "category", "capacity": 64},
            "price": {"field": "price", "edges": [5, 10, 25, 50, 100]},
            "area": {"field": "area", "capacity": 1000},
            "distance": {"origin": ["lat", "lon"], "destination": ["deal_lat", "deal_lon"], "edges": [1, 2, 5, 10]},
        },
    }
)


def owners(buckets: int) -> dict[str, list[str]]:
    """Return the owners of so many buckets, about, by dimension."""
    return {
        "deal": [f"d{number}" for number in range(buckets // BUCKETS_A_CUBE)],
        "category": [f"c{number}" for number in range(CATEGORIES)],
        "area": [f"a{number}" for number in range(AREAS)],
    }


def fill(clients: Sequence[redis.Redis], every: dict[str, list[str]], rng: np.random.Generator) -> int:
    """Write a folded cube for each owner, where a placement looks for it; return how many buckets there are."""
    keys, buckets = RELEVANCE.keys, 0
    pipes = [client.pipeline(transaction=False) for client in clients]
    for dimension, labels in every.items():
        width = RELEVANCE.layout.width(dimension)
        for label in labels:
            ids = np.unique(rng.integers(0, width, BUCKETS_A_CUBE + 10))
            data = cube.fold(cube.pack(ids, rng.integers(1, 50, len(ids))))
            pipes[keys.slot(dimension, label) % len(pipes)].set(keys.cube("ever", dimension, label), data)
            buckets += len(ids)
    for pipe in pipes:
        pipe.execute()
    return buckets


def catalogue() -> dict[str, Attributes]:
    """Return what is known of each deal; the first of them have counts."""
    rng = np.random.default_rng(1)
    columns = rng.integers(0, AREAS, DEALS), rng.integers(0, CATEGORIES, DEALS), rng.uniform(1, 150, DEALS)
    return {
        f"d{number}": {
            "area": f"a{area}",
            "category": f"c{kind}",
            "price": price,
            "deal_lat": 52 + area / AREAS,
            "deal_lon": 13 + kind / CATEGORIES,
        }
        for number, (area, kind, price) in enumerate(zip(*(column.tolist() for column in columns), strict=True))
    }


def following(addresses: Sequence[str]) -> Follower:
    """Return what follows all cubes of these servers, and has read them."""
    keys = RELEVANCE.keys
    follower = Follower(RedisCubeChanges(RedisServers(addresses, keys, TIMEOUT_MS), keys, TIMEOUT_MS), keys)
    follower.tables(owners(BUCKETS))
    return follower


def candidates(deals: Sequence[str], number: int, rng: np.random.Generator) -> Candidates:
    """Return different deals, for one user."""
    labels: dict[str, Sequence[str]] = {
        name: getattr(each, "labels", ()) for name, each in RELEVANCE.dimensions.items()
    }
    labels |= {"deal": [deals[place] for place in rng.choice(len(deals), number, replace=False).tolist()]}
    labels |= {"category": [f"c{each}" for each in range(CATEGORIES)], "area": [f"a{each}" for each in range(AREAS)]}
    codes = {name: np.full(number, 1, np.int32) for name in ("gender", "age", "platform", "area")}
    codes["deal"] = np.arange(number, dtype=np.int32)
    for name, size in (("category", CATEGORIES), ("price", 7), ("distance", 6)):
        codes[name] = rng.integers(0, size, number, dtype=np.int32)
    return Candidates(codes, labels, codes)
