"""Coded batches: what the bucket counter needs of a judged batch, as numbers.

Dedup parses every event anyway, so it also reduces the kept ones to codes (`coder`): an event comes to a few bytes on
its way to the counter, and is parsed once for both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from dealstream.domain import payload
from dealstream.domain.batch import FIELDS

CODED_FIELDS = FIELDS

_Int64s = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_Number = TypeVar("_Number", np.int64, np.int32, np.int8)
# a numpy type and the numbers
_Packed = tuple[str, bytes]
_SMALL = (("<u1", 1 << 8), ("<u2", 1 << 16))


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

    def pack(self) -> bytes:
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
        return payload.pack(msgspec.msgpack.encode(frame))


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


def unpack(partition: int, first: int, next_: int, packed: bytes) -> Coded:
    """Return the coded batch of a tuple: the inverse of `Coded.pack`."""
    frame = _FRAMES.decode(payload.unpack(packed))
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


def _packed(numbers: npt.NDArray[Any]) -> _Packed:
    """Return numbers in a type that holds them all; a small one if none is large or negative."""
    highest = int(numbers.view(f"u{numbers.itemsize}").max(initial=0))
    kind = next((kind for kind, limit in _SMALL if highest < limit), numbers.dtype.str)
    return kind, numbers.astype(kind).tobytes()


def _unpacked(packed: _Packed, kind: type[_Number]) -> npt.NDArray[_Number]:
    return np.frombuffer(packed[1], packed[0]).astype(kind)
