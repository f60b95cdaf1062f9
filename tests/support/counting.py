"""Counting by hand: what the cubes must hold, one event after another."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from dealstream.domain import cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.dimension import Closed, text
from dealstream.domain.fanout import Place
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import EVER, Tile, covering
from dealstream.stores.counters import Counters
from dealstream.stores.vocabulary import MemoryVocabulary, Vocabulary

DAY_MS = 86_400_000
# (cuboid, with the tile's name behind it unless that is all time; labels; type)
Bucket = tuple[str, tuple[str, ...], str]


def expected(relevance: Relevance, events: Iterable[bytes]) -> Counter[Bucket]:
    """Return the buckets of events, each in one of every cuboid and tile."""
    counts: Counter[Bucket] = Counter()
    for value in events:
        fields = json.loads(value)
        for cuboid in relevance.layout.cuboids:
            labels = tuple(label(relevance, name, fields) for name in cuboid.dimensions)
            for grain in cuboid.spec.grains:
                (tile,) = covering(grain, fields["time"], fields["time"] + 1)
                counts[_name(cuboid, tile), labels, fields["type"]] += 1
    return counts


def label(relevance: Relevance, name: str, fields: dict[str, object]) -> str:
    """Return the label of one event's dimension."""
    dimension = relevance.dimensions[name]
    if isinstance(dimension, Closed):
        return dimension.labels[dimension.codes({field: [fields.get(field)] for field in dimension.fields})[0]]
    return text(fields.get(dimension.field))


def _name(cuboid: Cuboid, tile: Tile) -> str:
    return cuboid.name if tile == EVER else f"{cuboid.name} {tile.name}"


def counted(
    relevance: Relevance, counters: Counters, vocabulary: Vocabulary, until_ms: int = DAY_MS
) -> Counter[Bucket]:
    """Return the buckets that the counters hold, in tiles from 1970 to ``until_ms``."""
    counts: Counter[Bucket] = Counter()
    for owner_dimension in relevance.layout.owners:
        for grain in relevance.layout.grains(owner_dimension):
            for tile in covering(grain, 0, until_ms):
                cubes = counters.cubes(owner_dimension, counters.owners(owner_dimension, [tile]), [tile])
                for owner, found in cubes.items():
                    counts += _buckets(relevance, Place(tile, owner_dimension, owner), found, vocabulary)
    return counts


def _buckets(relevance: Relevance, place: Place, found: cube.Cube, vocabulary: Vocabulary) -> Counter[Bucket]:
    counts: Counter[Bucket] = Counter()
    placed = 0
    for cuboid in relevance.layout.of_owner(place.dimension, place.tile.grain):
        mine = cuboid.holds(found.ids)
        placed += int(mine.sum())
        codes, types = cuboid.split(found.ids[mine])
        columns = [
            [_label(relevance, name, code, vocabulary) for code in column.tolist()]
            for name, column in zip(cuboid.dimensions[1:], codes, strict=True)
        ]
        names = [relevance.types.names[type_] for type_ in types.tolist()]
        for *labels, type_, count in zip(*columns, names, found.counts[mine].tolist(), strict=True):
            counts[_name(cuboid, place.tile), (place.owner, *labels), type_] += count
    assert placed == len(found.ids), "an id that is of no cuboid"
    return counts


def _label(relevance: Relevance, name: str, code: int, vocabulary: Vocabulary) -> str:
    dimension = relevance.dimensions[name]
    if isinstance(dimension, Closed):
        return dimension.labels[code]
    return {**vocabulary.labels(name), 0: "unknown", dimension.capacity + 1: "other"}[code]


class Codes:
    """The codes of open dimensions, as a bolt gets them from a vocabulary."""

    def __init__(self) -> None:
        self.vocabulary = MemoryVocabulary()

    def __call__(self, dimension: str, labels: Sequence[str]) -> np.ndarray:
        """Return the code of each label."""
        return np.array(self.vocabulary.codes(dimension, labels), np.int32)
