"""The same counters laid out in two other ways: as a readable key with an expiry each, and as packed hashes.

These functions run in the processes of the load, which read the counters from the cubes.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
import redis

from bench.memory import worker
from dealstream.domain import cube
from dealstream.domain.flush import Append, Plan
from dealstream.domain.tile import Tile
from dealstream.queries.buckets import BucketReader
from dealstream.stores.packed_hashes import PackedHashes

COMMANDS_AT_ONCE = 10_000


def naive(name: str, tile: Tile, address: str) -> int:
    """Write a key such as ``deal=77:gender=f:age=25-34:impression`` for each counter of a cuboid; return how many.

    All are of one day, so it is not part of the key: that makes them shorter than they would be in earnest.
    """
    here = worker.here()
    cuboid = here.relevance.layout.find(name.split(","))
    frame = BucketReader(here.relevance, here.counters, here.vocabulary).read(cuboid, tiles=[tile])
    words = [pl.concat_str(pl.lit(f"{name}="), name) for name in cuboid.dimensions]
    keys = frame.select(pl.concat_str(*words, "type", separator=":").alias("key"), "count")
    expires_at = here.relevance.expires_at(tile)
    with _pipeline(address) as pipe:
        for some in keys.iter_slices(COMMANDS_AT_ONCE):
            for key, count in some.iter_rows():
                pipe.set(key, count, exat=expires_at)
            pipe.execute()
    return frame.height


def packed(dimension: str, owners: Sequence[str], tile: Tile, address: str) -> int:
    """Write the counters of some owners into packed hashes; return how many."""
    here = worker.here()
    layout, keys = PackedHashes(here.relevance), here.relevance.keys
    expires_at, counters = here.relevance.expires_at(tile), 0
    with _pipeline(address) as pipe:
        for owner, found in here.counters.cubes(dimension, owners, [tile]).items():
            entries = cube.pack(found.ids, found.counts)
            layout.add(pipe, Plan([Append(keys.cube(tile.name, dimension, owner), entries, expires_at)], [], {}))
            counters += len(found.ids)
            if len(pipe) >= COMMANDS_AT_ONCE:
                pipe.execute()
        pipe.execute()
    return counters


def _pipeline(address: str) -> Any:  # noqa: ANN401 -- redis-py's pipeline is half typed
    host, _, port = address.rpartition(":")
    return redis.Redis(host, int(port), socket_timeout=worker.TIMEOUT_MS / 1000).pipeline(transaction=False)
