"""Fan-out: from the columns of a flush window to the deltas of every owner's cube.

For each owner dimension and grain: per cuboid combine codes to bucket ids, put the number of tile and owner above them,
sort all of them together and count equal ones (the combiner). No loop runs over events x cuboids.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dealstream.domain import cube
from dealstream.domain.cuboid import ID_BITS, ID_MASK, Cuboid, Ids
from dealstream.domain.dimension import UNKNOWN, Open
from dealstream.domain.relevance import Relevance
from dealstream.domain.runs import starts_of_runs
from dealstream.domain.tile import EVER, Grain, Tile
from dealstream.domain.window import Columns

# gives the durable codes of an open dimension's labels
CodesOf = Callable[[str, Sequence[str]], npt.NDArray[np.int32]]
Codes = Mapping[str, npt.NDArray[np.int32]]
_Mask = npt.NDArray[np.bool_]


class Place(NamedTuple):
    """Whose cube in which tile."""

    tile: Tile
    dimension: str
    owner: str


class Delta(NamedTuple):
    """What a flush adds to one cube: packed entries."""

    place: Place
    entries: bytes


class Visits(NamedTuple):
    """The users, once each, that a flush has of one bucket."""

    place: Place
    bucket: int
    users: list[str]


def durable_codes(relevance: Relevance, columns: Columns, codes_of: CodesOf) -> dict[str, npt.NDArray[np.int32]]:
    """Return the codes that go into bucket ids, by dimension of ``columns``, if it is not only an owner."""
    inner = {name for cuboid in relevance.layout.cuboids for name in cuboid.dimensions[1:] if name in columns.codes}
    codes = {}
    for name in inner:
        dimension = relevance.dimensions[name]
        if isinstance(dimension, Open):
            codes[name] = _open_codes(dimension, columns.labels[name], codes_of)[columns.codes[name]]
        else:
            codes[name] = columns.codes[name]
    return codes


def fan_out(relevance: Relevance, columns: Columns, codes: Codes, fresh: _Mask | None = None) -> Iterator[Delta]:
    """Yield the deltas of the events of ``columns``; only of those in the mask ``fresh`` if it is given.

    ``codes`` are the `durable_codes`.
    """
    if fresh is not None:
        columns, codes = columns.only(fresh), {name: column[fresh] for name, column in codes.items()}
    for dimension in relevance.layout.owners:
        for grain in relevance.layout.grains(dimension):
            places, above = _places(columns, dimension, grain)
            cuboids = relevance.layout.of_owner(dimension, grain)
            keys = np.empty((len(cuboids), len(above)), np.int64)
            for row, cuboid in zip(keys, cuboids, strict=True):
                np.bitwise_or(above, _ids(cuboid, columns, codes), out=row)
            yield from _deltas(places, keys.ravel())


def visits(relevance: Relevance, columns: Columns, codes: Codes) -> Iterator[Visits]:
    """Yield the users of each bucket of the cuboids that count unique users, in every tile.

    Telling a store of a user again changes nothing, so it is of no matter whether a slot has counted an event already.
    """
    for cuboid in relevance.layout.cuboids:
        if not cuboid.spec.users or not len(columns.types):
            continue
        ids = _ids(cuboid, columns, codes)
        for grain in cuboid.spec.grains:
            places, above = _places(columns, cuboid.owner, grain)
            yield from _visits(places, above | ids, columns)


def _places(columns: Columns, dimension: str, grain: Grain) -> tuple[list[Place], npt.NDArray[np.int64]]:
    """Return the tiles and owners in the window, and of each event the number of its own, above the bits of an id."""
    labels, owners = columns.labels[dimension], columns.codes[dimension].astype(np.int64)
    length = grain.length_ms
    if length is None:
        return [Place(EVER, dimension, label) for label in labels], owners << ID_BITS
    both, numbers = np.unique(columns.times // length * len(labels) + owners, return_inverse=True)
    tiles, codes = divmod(both, max(len(labels), 1))
    named = {number: Tile(grain, number) for number in np.unique(tiles).tolist()}
    places = [
        Place(named[tile], dimension, labels[code]) for tile, code in zip(tiles.tolist(), codes.tolist(), strict=True)
    ]
    return places, numbers.astype(np.int64) << ID_BITS


def _open_codes(dimension: Open, labels: Sequence[str], codes_of: CodesOf) -> npt.NDArray[np.int32]:
    """Return the code of each label: 0 of unknown, which takes no room in the vocabulary."""
    codes = np.zeros(len(labels), np.int32)
    named = [position for position, label in enumerate(labels) if label != UNKNOWN]
    if named:
        codes[named] = dimension.clip(codes_of(dimension.name, [labels[position] for position in named]))
    return codes


def _ids(cuboid: Cuboid, columns: Columns, codes: Codes) -> Ids:
    return cuboid.ids([codes[name] for name in cuboid.dimensions[1:]], columns.types)


def _deltas(places: Sequence[Place], keys: npt.NDArray[np.int64]) -> Iterator[Delta]:
    keys.sort()
    starts = starts_of_runs(keys)
    counts = np.diff(starts, append=len(keys))
    distinct = keys[starts]
    entries = cube.pack(distinct & ID_MASK, counts)
    owners = distinct >> ID_BITS
    firsts = starts_of_runs(owners)
    bounds = (np.append(firsts, len(owners)) * cube.ENTRY).tolist()
    for owner, (start, end) in zip(owners[firsts].tolist(), pairwise(bounds), strict=True):
        yield Delta(places[owner], entries[start:end])


def _visits(places: Sequence[Place], keys: npt.NDArray[np.int64], columns: Columns) -> Iterator[Visits]:
    buckets, numbers = np.unique(keys, return_inverse=True)
    bucket, user = divmod(np.unique(numbers * len(columns.user_names) + columns.users), len(columns.user_names))
    bounds = [*starts_of_runs(bucket).tolist(), len(bucket)]
    users = [columns.user_names[number] for number in user.tolist()]
    for key, (start, end) in zip(buckets.tolist(), pairwise(bounds), strict=True):
        yield Visits(places[key >> ID_BITS], key & ID_MASK, users[start:end])
