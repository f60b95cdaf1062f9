"""What the peers have counted: hashes named ``owner:label``, with fields ``dimensions:labels:type``."""

from collections.abc import Iterator

import polars as pl

from bench.peers.contender import Counts
from bench.peers.counting.increments import DONE_KEY
from bench.servers import RedisServer
from dealstream.domain.cuboid import Cuboid

_AT_ONCE = 500


def done(server: RedisServer) -> int:
    """Return how many events were counted; those counted twice are in it twice."""
    with server.client() as client:
        return int(client.get(DONE_KEY) or 0)


def counts_of_hashes(server: RedisServer) -> Counts:
    """Read all hashes of a server."""
    everything = pl.concat(_frames(server))
    parts = everything.partition_by(["owner", "dimensions"], as_dict=True, include_key=False)
    nothing = everything.clear().drop("owner", "dimensions")

    def counts(cuboid: Cuboid) -> pl.DataFrame:
        inner = cuboid.dimensions[1:]
        found = parts.get((cuboid.owner, ",".join(inner)), nothing).rename({"label": cuboid.owner})
        if not inner:
            return found.drop("labels")
        return found.with_columns(
            pl.col("labels").str.split_exact(",", len(inner) - 1).struct.rename_fields(inner)
        ).unnest("labels")

    return counts


def _frames(server: RedisServer) -> Iterator[pl.DataFrame]:
    """Yield hash by hash ``owner``, ``label``, ``dimensions``, ``labels``, ``type`` and ``count``."""
    key = pl.col("key").str.split_exact(":", 1).struct.rename_fields(["owner", "label"])
    field = pl.col("field").str.split_exact(":", 2).struct.rename_fields(["dimensions", "labels", "type"])
    for keys, fields, counts in _hashes(server):
        frame = pl.DataFrame({"key": keys, "field": fields, "count": counts}).cast({"count": pl.Int64})
        yield frame.with_columns(key, field).unnest("key", "field")


def _hashes(server: RedisServer) -> Iterator[tuple[list[str], list[str], list[str]]]:
    with server.client() as client:
        names = [name for name in client.scan_iter(count=1000) if name != DONE_KEY.encode()]
        for start in range(0, len(names), _AT_ONCE):
            some, pipe = names[start : start + _AT_ONCE], client.pipeline(transaction=False)
            for name in some:
                pipe.hgetall(name)
            found = pipe.execute()
            keys = [name.decode() for name, hash_ in zip(some, found, strict=True) for _ in hash_]
            fields = [field.decode() for hash_ in found for field in hash_]
            yield keys, fields, [count.decode() for hash_ in found for count in hash_.values()]
