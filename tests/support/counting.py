"""Counting by hand: what the cubes must hold, one event after another."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from dealstream.domain import cube
from dealstream.domain.dimension import Closed, text
from dealstream.domain.relevance import Relevance
from dealstream.stores.counters import Counters
from dealstream.stores.vocabulary import MemoryVocabulary, Vocabulary

# (cuboid, labels, type)
Bucket = tuple[str, tuple[str, ...], str]


def expected(relevance: Relevance, events: Iterable[bytes]) -> Counter[Bucket]:
    """Return the buckets of events, each in one of every cuboid."""
    counts: Counter[Bucket] = Counter()
    for value in events:
        fields = json.loads(value)
        for cuboid in relevance.layout.cuboids:
            labels = tuple(label(relevance, name, fields) for name in cuboid.dimensions)
            counts[cuboid.name, labels, fields["type"]] += 1
    return counts


def label(relevance: Relevance, name: str, fields: dict[str, object]) -> str:
    """Return the label of one event's dimension."""
    dimension = relevance.dimensions[name]
    if isinstance(dimension, Closed):
        return dimension.labels[dimension.codes({field: [fields.get(field)] for field in dimension.fields})[0]]
    return text(fields.get(dimension.field))


def counted(relevance: Relevance, counters: Counters, vocabulary: Vocabulary) -> Counter[Bucket]:
    """Return the buckets that the counters hold."""
    counts: Counter[Bucket] = Counter()
    for owner_dimension in relevance.layout.owners:
        cubes = counters.cubes(owner_dimension, counters.owners(owner_dimension))
        for owner, found in cubes.items():
            counts += _buckets(relevance, owner_dimension, owner, found, vocabulary)
    return counts


def _buckets(
    relevance: Relevance, dimension: str, owner: str, found: cube.Cube, vocabulary: Vocabulary
) -> Counter[Bucket]:
    counts: Counter[Bucket] = Counter()
    placed = 0
    for cuboid in relevance.layout.of_owner(dimension):
        mine = cuboid.holds(found.ids)
        placed += int(mine.sum())
        codes, types = cuboid.split(found.ids[mine])
        columns = [
            [_label(relevance, name, code, vocabulary) for code in column.tolist()]
            for name, column in zip(cuboid.dimensions[1:], codes, strict=True)
        ]
        names = [relevance.types.names[type_] for type_ in types.tolist()]
        for *labels, type_, count in zip(*columns, names, found.counts[mine].tolist(), strict=True):
            counts[cuboid.name, (owner, *labels), type_] += count
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
