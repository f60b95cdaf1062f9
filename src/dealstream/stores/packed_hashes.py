"""Counts in small packed Redis hashes: a field per bucket, named by its id; `redis-cli hgetall` shows them.

A page is a hash that holds the buckets of one owner and tile whose ids lie in one run of `PAGE`. Redis keeps a hash of
up to ``hash-max-listpack-entries`` (512) small fields as one packed string: 11 bytes a counter if pages are full, 14 to
17 in `make bench-memory`, where most ids of a page have no counter. Each bucket of a flush takes an HINCRBY, a
microsecond of Redis' time: some thirty times what a cube takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dealstream.domain import cube
from dealstream.domain.expiry import Expiring
from dealstream.domain.flush import STREAM, Plan
from dealstream.domain.relevance import PAGE, Relevance
from dealstream.domain.tile import Tile
from dealstream.stores.redis_placement import Group, Placement


class PackedHashes:
    """The layout ``hash`` of relevance.toml."""

    def __init__(self, relevance: Relevance) -> None:
        self._keys = relevance.keys
        self._pages = {owner: -(-relevance.layout.width(owner) // PAGE) for owner in relevance.layout.owners}
        self._pages[STREAM] = 1

    def add(self, pipe: Any, plan: Plan) -> Sequence[Expiring]:  # noqa: ANN401 -- redis-py's pipeline is half typed
        """Queue an HINCRBY for each bucket."""
        ends = {}
        for key, entries, expires_at in plan.appends:
            for page, bucket, count in self._increments(key, entries):
                pipe.hincrby(page, str(bucket), count)
                ends[page] = expires_at
        return [Expiring(page, at) for page, at in ends.items() if at is not None]

    def grown(self, plan: Plan, answers: Sequence[Any]) -> Sequence[str]:
        """Return nothing: there is nothing to fold."""
        return []

    def fold(self, placement: Placement, group: Group, keys: Sequence[str]) -> None:
        """Do nothing."""

    def look(self, pipe: Any, key: str) -> None:  # noqa: ANN401
        """Queue an HGETALL."""
        pipe.hgetall(key)

    def looked(self, answer: Mapping[bytes, bytes]) -> bytes | None:
        """Return a page as the folded cube that would hold the same counts."""
        if not answer:
            return None
        found = _cube([answer])
        return cube.fold(cube.pack(found.ids, found.counts))

    def read(
        self, placement: Placement, dimension: str, owners: Sequence[str], tiles: Sequence[Tile]
    ) -> Mapping[str, cube.Cube]:
        """Read all pages, one pipelined round trip a server."""
        whose, questions = [], []
        for owner in owners:
            slot = self._keys.slot(dimension, owner)
            for tile in tiles:
                key = self._keys.cube(tile.name, dimension, owner)
                for page in range(self._pages[dimension]):
                    whose.append(owner)
                    questions.append((slot, ("HGETALL", self._keys.page(key, page))))
        fields: dict[str, list[dict[bytes, bytes]]] = {}
        for owner, found in zip(whose, placement.ask(questions), strict=True):
            if found:
                fields.setdefault(owner, []).append(found)
        return {owner: _cube(found) for owner, found in fields.items()}

    def _increments(self, key: str, entries: bytes) -> Iterator[tuple[str, int, int]]:
        """Yield page, bucket id and count of each bucket."""
        delta = cube.read(entries)
        for bucket, count in zip(delta.ids.tolist(), delta.counts.tolist(), strict=True):
            yield self._keys.page(key, bucket // PAGE), bucket, count


def _cube(pages: Sequence[Mapping[bytes, bytes]]) -> cube.Cube:
    pairs = [(int(bucket), int(count)) for page in pages for bucket, count in page.items()]
    ids, counts = cube.combine(*np.array(pairs, np.int64).T)
    return cube.Cube(ids, counts, epoch=0, compacted=len(ids))
