"""The memory that counters take: the sums of what is found on each server. `memory_tables` shows them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dealstream.domain import cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.flush import STREAM
from dealstream.domain.relevance import Relevance
from dealstream.domain.slots import CubeKey, UsersKey
from dealstream.domain.tile import Grain, parse
from dealstream.stores.redis_memory import Measured, Piece, ServerState

_Place = tuple[str, Grain]


@dataclass
class Share:
    """What a cuboid has in the tiles of one grain: ``bytes`` are its part of cubes that it shares with others."""

    cubes: float = 0
    counters: float = 0
    bytes: float = 0
    user_sets: float = 0
    user_bytes: float = 0

    def add(self, other: "Share", scale: float) -> None:
        """Add ``other``, multiplied."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value * scale)


@dataclass(frozen=True)
class _Owned:
    """The cuboids that share a cube, and where their ids begin and end."""

    cuboids: Sequence[Cuboid]

    @cached_property
    def bounds(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        bases = np.array([each.base for each in self.cuboids], np.int64)
        return bases, bases + np.array([each.width for each in self.cuboids], np.int64)

    def counters(self, ids: npt.NDArray[np.int64]) -> list[int]:
        """Return how many of the ids, which rise, are of each cuboid."""
        starts, ends = self.bounds
        numbers: list[int] = (np.searchsorted(ids, ends) - np.searchsorted(ids, starts)).tolist()
        return numbers


@dataclass
class ServerSums:
    """What of a deployment was found on a server; add its pieces with `add`."""

    relevance: Relevance
    state: ServerState
    passed: int = 0
    keys: int = 0
    bytes: int = 0
    cubes: int = 0
    cube_bytes: int = 0
    counters: int = 0
    tail_entries: int = 0
    tail_bytes: int = 0
    expiring: Counter[str] = field(default_factory=Counter)
    shares: dict[_Place, Share] = field(default_factory=lambda: defaultdict(Share))
    unreadable: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare to tell keys and ids apart."""
        self._names = self.relevance.keys
        self._owned: dict[tuple[str, Grain], _Owned] = {}

    def add(self, piece: Piece) -> None:
        """Add what a piece of the server's keys holds."""
        self.passed += piece.passed
        for measured in piece.found:
            self.keys += 1
            self.bytes += measured.size
            if (of_cube := self._names.parse(measured.key)) is not None:
                self._add_cube(of_cube, measured)
            elif (of_users := self._names.parse_users(measured.key)) is not None:
                self._add_users(of_users, measured.size)

    def scale(self, sample: int | None) -> float:
        """Return by what to multiply: 1 if all keys were passed, more if ``sample`` cubes ended it before."""
        ended = sample is not None and self.cubes >= sample
        return max(1.0, self.state.keys / self.passed) if ended and self.passed else 1.0

    def tiles(self, sample: int | None) -> dict[str, int]:
        """Return how many cubes expire, by the name of their tile."""
        return {name: round(cubes * self.scale(sample)) for name, cubes in sorted(self.expiring.items())}

    def _add_cube(self, key: CubeKey, measured: Measured) -> None:
        if measured.cube is None:
            return
        try:
            ids = cube.read(measured.cube).ids
            _, tail = cube.parts(measured.cube)
        except ValueError:
            self.unreadable.append(measured.key)
            return
        self.cubes += 1
        self.cube_bytes += measured.size
        self.counters += len(ids)
        self.tail_bytes += tail
        self.tail_entries += tail // cube.ENTRY
        if measured.expires:
            self.expiring[key.tile] += 1
        self._share(key, ids, measured.size)

    def _share(self, key: CubeKey, ids: npt.NDArray[np.int64], size: int) -> None:
        """Give each cuboid of a cube its part of the bytes, in proportion to its counters."""
        grain = parse(key.tile).grain
        owned = self._of(key.dimension, grain)
        parts = zip((each.name for each in owned.cuboids), owned.counters(ids), strict=True)
        for name, counters in [(STREAM, len(ids))] if key.dimension == STREAM else parts:
            if counters:
                share = self.shares[name, grain]
                share.cubes += 1
                share.counters += counters
                share.bytes += size * counters / len(ids)

    def _add_users(self, key: UsersKey, size: int) -> None:
        grain = parse(key.tile).grain
        for cuboid in self._of(key.dimension, grain).cuboids:
            if cuboid.base <= key.bucket < cuboid.base + cuboid.width:
                self.shares[cuboid.name, grain].user_sets += 1
                self.shares[cuboid.name, grain].user_bytes += size

    def _of(self, dimension: str, grain: Grain) -> _Owned:
        found = self._owned.get((dimension, grain))
        if found is None:
            found = self._owned[dimension, grain] = _Owned(self.relevance.layout.of_owner(dimension, grain))
        return found
