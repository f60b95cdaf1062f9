"""Growth as a sample of events shows it, extrapolated by Heaps' law."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import KEEP, of_records
from dealstream.domain.cuboid import ID_BITS, Cuboid
from dealstream.domain.dimension import Closed
from dealstream.domain.fanout import durable_codes
from dealstream.domain.growth import Declared
from dealstream.domain.heaps import Things
from dealstream.domain.records import Records
from dealstream.domain.relevance import Relevance
from dealstream.domain.window import Columns, FlushWindow

# the number of an owner stands above the bits of an id
MAX_EVENTS = 1 << (63 - ID_BITS)
_PIECE = 10_000
# odd, and without a pattern: 2^64 / golden ratio
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

_Int64s = npt.NDArray[np.int64]
_Arrays = dict[str, list[_Int64s]]


@dataclass(frozen=True)
class Sampled:
    """The growth that a sample shows, and above what was declared only where the sample itself is."""

    declared: Declared
    of_buckets: Mapping[str, Things]
    of_owners: Mapping[str, Things]
    of_visits: Mapping[str, Things]

    def buckets(self, cuboid: Cuboid, events: float) -> float:
        """Return how many buckets of a cuboid ``events`` events fall into."""
        return self.of_buckets[cuboid.name].at(events, self.declared.buckets(cuboid, events))

    def owners(self, dimension: str, events: float) -> float:
        """Return how many values of an owner dimension ``events`` events have."""
        return self.of_owners[dimension].at(events, self.declared.owners(dimension, events))

    def visits(self, cuboid: Cuboid, events: float) -> float:
        """Return how many different pairs of bucket and user ``events`` events make."""
        return self.of_visits[cuboid.name].at(events)


def measure(
    declared: Declared, lines: Sequence[bytes], now_ms: int, did: Callable[[int], None] = lambda count: None
) -> Sampled:
    """Return the growth in the sample ``lines``, 1 to `MAX_EVENTS` of them, by what the bucket counter counts with.

    Every line must be an event if it comes at ``now_ms``. ``did`` is told of every few lines that are done.
    In memory it takes 8 bytes an event and cuboid.
    """
    pieces = _Pieces(declared.relevance)
    for first in range(0, len(lines), _PIECE):
        piece = lines[first : first + _PIECE]
        pieces.add(first, piece, now_ms)
        did(len(piece))
    return Sampled(declared, _joined(pieces.buckets), _joined(pieces.owners), _joined(pieces.visits))


class _Numbers:
    """Numbers the labels of each dimension from 1 on, as a vocabulary would."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = defaultdict(dict)

    def __call__(self, dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        known = self._known[dimension]
        return np.array([known.setdefault(label, len(known) + 1) for label in labels], np.int32)


class _Pieces:
    """The buckets, owners and visits of each event, piece after piece: by cuboid, owner dimension and cuboid."""

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._window = FlushWindow(relevance)
        self._codes, self._owners, self._users = _Numbers(), _Numbers(), _Numbers()
        self.buckets: _Arrays = defaultdict(list)
        self.owners: _Arrays = defaultdict(list)
        self.visits: _Arrays = defaultdict(list)

    def add(self, first: int, lines: Sequence[bytes], now_ms: int) -> None:
        """Take the events from number ``first`` on."""
        end = first + len(lines)
        self._window.clear()
        records = Records.of(0, range(first, end), [now_ms] * len(lines), lines)
        self._window.add(of_records(records, first, end), KEEP * len(lines))
        columns = self._window.columns()
        codes = durable_codes(self._relevance, columns, self._codes)
        for name in self._relevance.layout.owners:
            self.owners[name].append(self._owners_of(name, columns))
        for cuboid in self._relevance.layout.cuboids:
            ids = cuboid.ids([codes[name] for name in cuboid.dimensions[1:]], columns.types)
            buckets = self.owners[cuboid.owner][-1] << ID_BITS | ids
            self.buckets[cuboid.name].append(buckets)
            if cuboid.spec.users:
                users = self._users("", columns.user_names)[columns.users]
                self.visits[cuboid.name].append(_pairs(buckets, users))

    def _owners_of(self, name: str, columns: Columns) -> _Int64s:
        """Return the owner of each event; owners have no limit, so their numbers are not those of ids."""
        codes = columns.codes[name]
        if not isinstance(self._relevance.dimensions[name], Closed):
            codes = self._owners(name, columns.labels[name])[codes]
        return codes.astype(np.int64)


def _pairs(buckets: _Int64s, users: npt.NDArray[np.int32]) -> _Int64s:
    """Return a number for each pair, the same for two pairs only by an accident of one in 2^64."""
    return (buckets.astype(np.uint64) + users.astype(np.uint64) * _SPREAD).view(np.int64)


def _joined(arrays: _Arrays) -> dict[str, Things]:
    return {name: Things(np.concatenate(pieces)) for name, pieces in arrays.items()}
