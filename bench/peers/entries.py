"""What the peers have counted: keys ``owner:label``, with fields ``dimensions:labels:type``.

In hashes that were incremented, or in strings to which ``field=count;`` was appended.
"""

from collections.abc import Iterable, Iterator

import polars as pl
import redis

from bench.peers.contender import Counts
from bench.peers.counting.increments import DONE_KEY
from bench.servers import RedisServer
from dealstream.domain.cuboid import Cuboid

_AT_ONCE = 500
# keys, fields and counts: one entry each
_Entries = tuple[list[str], list[str], list[str]]


def done(server: RedisServer) -> int:
    """Return how many events were counted; those counted twice are in it twice."""
    with server.client() as client:
        return int(client.get(DONE_KEY) or 0)


def counts_of_hashes(server: RedisServer) -> Counts:
    """Read all hashes of a server."""
    return _counts(_hashes(server))


def counts_of_strings(server: RedisServer) -> Counts:
    """Read all strings of a server."""
    return _counts(_strings(server))


def _counts(entries: Iterable[_Entries]) -> Counts:
    everything = pl.concat(_frames(entries))
    everything = everything.group_by(pl.exclude("count")).agg(pl.col("count").sum())
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


def _frames(entries: Iterable[_Entries]) -> Iterator[pl.DataFrame]:
    """Yield ``owner``, ``label``, ``dimensions``, ``labels``, ``type`` and ``count``."""
    key = pl.col("key").str.split_exact(":", 1).struct.rename_fields(["owner", "label"])
    field = pl.col("field").str.split_exact(":", 2).struct.rename_fields(["dimensions", "labels", "type"])
    for keys, fields, counts in entries:
        frame = pl.DataFrame({"key": keys, "field": fields, "count": counts}).cast({"count": pl.Int64})
        yield frame.with_columns(key, field).unnest("key", "field")


def _hashes(server: RedisServer) -> Iterator[_Entries]:
    with server.client() as client:
        for names in _names(client):
            pipe = client.pipeline(transaction=False)
            for name in names:
                pipe.hgetall(name)
            found = pipe.execute()
            keys = [name.decode() for name, hash_ in zip(names, found, strict=True) for _ in hash_]
            fields = [field.decode() for hash_ in found for field in hash_]
            yield keys, fields, [count.decode() for hash_ in found for count in hash_.values()]


def _strings(server: RedisServer) -> Iterator[_Entries]:
    with server.client() as client:
        for names in _names(client):
            found = [data.decode().rstrip(";").split(";") for data in client.mget(names)]
            keys = [name.decode() for name, entries in zip(names, found, strict=True) for _ in entries]
            parts = [entry.rpartition("=") for entries in found for entry in entries]
            yield keys, [field for field, _, _ in parts], [count for _, _, count in parts]


def _names(client: redis.Redis) -> Iterator[list[bytes]]:
    """Yield the names of the keys, some at once."""
    names = [name for name in client.scan_iter(count=1000) if name != DONE_KEY.encode()]
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]
