"""The memory that counters take, as tables: of each server, and of each cuboid and grain."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from dealstream.domain.flush import STREAM
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain
from dealstream.queries.memory import ServerSums, Share

_SUMMED = ("keys", "cubes", "counters", "bytes", "tail_entries", "tail_bytes")
_OF_SERVERS = {
    "server": pl.String,
    "used_bytes": pl.Int64,
    "max_bytes": pl.Int64,
    "keys": pl.Int64,
    "cubes": pl.Int64,
    "counters": pl.Int64,
    "bytes": pl.Int64,
    "bytes_per_counter": pl.Float64,
    "tail_entries": pl.Int64,
    "tail_bytes": pl.Int64,
    "expiring": pl.Int64,
}
_OF_CUBOIDS = {
    "cuboid": pl.String,
    "grain": pl.String,
    "cubes": pl.Int64,
    "counters": pl.Int64,
    "bytes": pl.Int64,
    "bytes_per_counter": pl.Float64,
    "user_sets": pl.Int64,
    "user_bytes": pl.Int64,
}


def servers(all_sums: Iterable[ServerSums], sample: int | None = None) -> pl.DataFrame:
    """Return a row a server; with ``sample`` what so many cubes let one expect of all.

    ``bytes`` are of all keys of the deployment, ``bytes_per_counter`` of its cubes alone.
    """
    rows = []
    for sums in all_sums:
        scale = sums.scale(sample)
        row: dict[str, Any] = {name: round(getattr(sums, name) * scale) for name in _SUMMED}
        row |= {"server": sums.state.name, "used_bytes": sums.state.used, "max_bytes": sums.state.limit}
        row["expiring"] = round(sums.expiring.total() * scale)
        row["bytes_per_counter"] = _per(sums.cube_bytes, sums.counters)
        rows.append(row)
    return pl.DataFrame(rows, schema=_OF_SERVERS)


def cuboids(relevance: Relevance, all_sums: Sequence[ServerSums], sample: int | None = None) -> pl.DataFrame:
    """Return a row a cuboid and grain, those without a counter too; then `STREAM`, what became of the records.

    ``bytes`` are the cuboid's part of the cubes, which all cuboids of an owner share: in proportion to its counters.
    """
    places = [(each.name, grain) for each in relevance.layout.cuboids for grain in each.spec.grains]
    rows = []
    for name, grain in [*places, (STREAM, Grain.EVER)]:
        share = Share()
        for sums in all_sums:
            share.add(sums.shares.get((name, grain), Share()), sums.scale(sample))
        row: dict[str, Any] = {what: round(value) for what, value in vars(share).items()}
        row |= {"cuboid": name, "grain": grain.value, "bytes_per_counter": _per(share.bytes, share.counters)}
        rows.append(row)
    return pl.DataFrame(rows, schema=_OF_CUBOIDS)


def _per(size: float, counters: float) -> float | None:
    return size / counters if counters else None
