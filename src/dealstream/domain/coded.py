"""Coded batches: what the bucket counter needs of a judged batch, as numbers.

Dedup parses every event anyway, so it also reduces the kept ones to codes: an event comes to a few bytes on its way
to the counter, and is parsed once for both. Closed dimensions have their codes; the values of open ones, and users, are
numbered within the batch, and go along once each.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from dealstream.domain.batch import FIELDS, Batch
from dealstream.domain.dimension import UNKNOWN, Closed
from dealstream.domain.event import Columns, times
from dealstream.domain.interner import Interner
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain

CODED_FIELDS = FIELDS

_Int64s = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_Number = TypeVar("_Number", np.int64, np.int32, np.int8)
# a numpy type and the numbers
_Packed = tuple[str, bytes]
_SMALL = (("<u1", 1 << 8), ("<u2", 1 << 16))
# among these equal values have equal labels
_PLAIN = {str, type(None)}


@dataclass(frozen=True)
class Coded:
    """A judged batch; ``offsets`` and ``verdicts`` have an entry a record, what follows one a kept event.

    ``types`` are places in the configured types. ``times``, in milliseconds since 1970, and ``users``, places in
    ``user_names``, are empty where nothing is counted by them. ``codes`` is by dimension; those of an open one are
    places in its ``labels``.
    """

    partition: int
    first: int
    next: int
    offsets: _Int64s
    verdicts: bytes
    types: npt.NDArray[np.int8]
    times: _Int64s
    codes: Mapping[str, _Codes]
    labels: Mapping[str, Sequence[str]]
    users: _Codes
    user_names: Sequence[str]

    def pack(self) -> str:
        """Return the payload of the tuple."""
        frame = _Frame(
            _packed(np.diff(self.offsets, prepend=self.first)),
            self.verdicts,
            _packed(self.types),
            _packed(np.diff(self.times, prepend=0)),
            {name: _packed(codes) for name, codes in self.codes.items()},
            {name: [*labels] for name, labels in self.labels.items()},
            _packed(self.users),
            [*self.user_names],
        )
        return base64.b64encode(zstandard.compress(msgspec.msgpack.encode(frame), 1)).decode("ascii")


class _Frame(msgspec.Struct, array_like=True, gc=False):
    """What is in a payload, before compression."""

    steps: _Packed
    verdicts: bytes
    types: _Packed
    time_steps: _Packed
    codes: dict[str, _Packed]
    labels: dict[str, list[str]]
    users: _Packed
    user_names: list[str]


_FRAMES = msgspec.msgpack.Decoder(_Frame)


def unpack(partition: int, first: int, next_: int, payload: str) -> Coded:
    """Return the coded batch of a tuple: the inverse of `Coded.pack`."""
    frame = _FRAMES.decode(zstandard.decompress(base64.b64decode(payload)))
    return Coded(
        partition,
        first,
        next_,
        first + np.cumsum(_unpacked(frame.steps, np.int64)),
        frame.verdicts,
        _unpacked(frame.types, np.int8),
        np.cumsum(_unpacked(frame.time_steps, np.int64)),
        {name: _unpacked(codes, np.int32) for name, codes in frame.codes.items()},
        frame.labels,
        _unpacked(frame.users, np.int32),
        frame.user_names,
    )


class Coder:
    """Codes judged batches."""

    def __init__(self, relevance: Relevance, whole: bool = False) -> None:
        """Code of events what is counted; ``whole`` codes every dimension, the time and the user in any case."""
        layout = relevance.layout
        self._event = relevance.event
        self._type_codes = {name: code for code, name in enumerate(relevance.types.names)}
        self._dimensions = {
            name: dimension
            for name, dimension in relevance.dimensions.items()
            if whole or any(name in cuboid.dimensions for cuboid in layout.cuboids)
        }
        self._timed = whole or any(grain is not Grain.EVER for grain in layout.grains())
        self._by_user = whole or any(cuboid.spec.users for cuboid in layout.cuboids)

    @property
    def dimensions(self) -> Sequence[str]:
        """The dimensions it codes."""
        return [*self._dimensions]

    @property
    def fields(self) -> set[str]:
        """The JSON fields it needs."""
        fields = {self._event.type, *(field for each in self._dimensions.values() for field in each.fields)}
        return (
            fields | ({self._event.time} if self._timed else set()) | ({self._event.user} if self._by_user else set())
        )

    def code(self, batch: Batch, verdicts: bytes, columns: Columns) -> Coded:
        """Code a batch; ``columns`` hold the `fields` of its kept events."""
        types = columns[self._event.type]
        codes, labels = {}, {}
        for name, dimension in self._dimensions.items():
            if isinstance(dimension, Closed):
                codes[name] = dimension.codes(columns)
            else:
                codes[name], labels[name] = _numbered(columns[dimension.field])
        users, user_names = _numbered(columns[self._event.user] if self._by_user else ())
        return Coded(
            batch.partition,
            batch.first,
            batch.next,
            batch.offsets,
            verdicts,
            np.fromiter(map(self._type_codes.__getitem__, types), np.int8, len(types)),
            times(columns[self._event.time] if self._timed else ()),
            codes,
            labels,
            users,
            user_names,
        )


def _numbered(column: Sequence[object]) -> tuple[_Codes, list[str]]:
    """Return the number of each value's label, and the labels, of which some may be there twice."""
    values: dict[Any, None] = dict.fromkeys(column)
    if {*map(type, values)} <= _PLAIN:
        numbers = dict(zip(values, range(len(values)), strict=True))
        labels = [UNKNOWN if value is None else value for value in values]
        return np.fromiter(map(numbers.__getitem__, column), np.int32, len(column)), labels
    interner = Interner()  # it tells 1 and true apart
    return interner.numbers(column), interner.labels


def _packed(numbers: npt.NDArray[Any]) -> _Packed:
    """Return numbers in a type that holds them all; a small one if none is large or negative."""
    highest = int(numbers.view(f"u{numbers.itemsize}").max(initial=0))
    kind = next((kind for kind, limit in _SMALL if highest < limit), numbers.dtype.str)
    return kind, numbers.astype(kind).tobytes()


def _unpacked(packed: _Packed, kind: type[_Number]) -> npt.NDArray[_Number]:
    return np.frombuffer(packed[1], packed[0]).astype(kind)
