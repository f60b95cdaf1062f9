"""What a configuration will cost, before anything is counted: buckets, bytes and updates of each cuboid and grain.

Everything follows from one question, which a `Growth` answers: of how many buckets are so many events that follow each
other? All events make those of all time, the events of an hour those of one hour's tile, and the events of a
flush window the entries that one flush appends.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dealstream.domain.budget import Budget
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.growth import Growth
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain

# a counter under load, folded part and tail together: `make bench-memory` measures 6.9, and 7.5 at most
BYTES_PER_BUCKET = 8
# a key of Redis with its expiry: dictionary entries, object header, the key's text
BYTES_PER_KEY = 130
# Redis' HyperLogLog: 16 bytes and up to 3 a user; from about 1,000 users (hll-sparse-max-bytes 3000) a fixed size
HLL_EMPTY, HLL_DENSE, HLL_DENSE_FROM = 16, 12_304, 1_000


@dataclass(frozen=True)
class Load:
    """What is expected: ``events`` in all (may be infinite), ``rate`` a second, and ``window`` events a flush."""

    events: float
    rate: float
    window: float

    def of_tile(self, grain: Grain) -> float:
        """Return how many events one tile gets if they come at the full rate all the time."""
        length = grain.length_ms
        return self.events if length is None else min(self.events, self.rate * length / 1000)


@dataclass(frozen=True)
class Cost:
    """What one cuboid (or the keys of one owner dimension's cubes) costs in the tiles of one grain.

    ``tiles`` is how many are kept at a time. ``increments`` and ``updates`` are a second: one increment an event, and
    what is left of them to append when a flush has combined equal ones. Unique users are not among them.
    """

    name: str
    grain: Grain
    tiles: int
    buckets: float
    memory: float
    increments: float = 0
    updates: float = 0


@dataclass(frozen=True)
class Excess:
    """A limit of the budget that an estimate exceeds."""

    limit: str
    estimated: float
    allowed: float


@dataclass(frozen=True)
class Estimate:
    """The costs of all cuboids, and of the cubes' keys: in ``keys``, ``buckets`` is the number of cubes."""

    cuboids: tuple[Cost, ...]
    keys: tuple[Cost, ...]

    @property
    def buckets(self) -> float:
        """How many buckets there will be."""
        return sum(cost.buckets for cost in self.cuboids)

    @property
    def memory(self) -> float:
        """How many bytes Redis will need."""
        return sum(cost.memory for cost in (*self.cuboids, *self.keys))

    @property
    def increments(self) -> float:
        """How many buckets events fall into a second."""
        return sum(cost.increments for cost in self.cuboids)

    @property
    def updates(self) -> float:
        """How many entries flushes append a second."""
        return sum(cost.updates for cost in self.cuboids)

    def excesses(self, budget: Budget) -> list[Excess]:
        """Return the limits that are exceeded."""
        pairs = (
            ("memory", self.memory, budget.memory),
            ("updates_per_second", self.updates, budget.updates_per_second),
        )
        return [Excess(name, found, limit) for name, found, limit in pairs if limit is not None and found > limit]


def estimate(relevance: Relevance, load: Load, growth: Growth) -> Estimate:
    """Return what counting ``load`` costs if buckets grow as ``growth`` says."""
    kept = {grain: live_tiles(grain, relevance.retention) for grain in relevance.layout.grains()}
    cuboids = [
        _cuboid(cuboid, grain, kept[grain], load, growth)
        for cuboid in relevance.layout.cuboids
        for grain in cuboid.spec.grains
    ]
    keys = []
    for owner in relevance.layout.owners:
        for grain in relevance.layout.grains(owner):
            cubes = _in_all(growth.owners(owner, load.of_tile(grain)), kept[grain], load)
            keys.append(Cost(owner, grain, kept[grain], cubes, cubes * BYTES_PER_KEY))
    return Estimate(tuple(cuboids), tuple(keys))


def live_tiles(grain: Grain, retention: Mapping[Grain, int]) -> int:
    """Return how many tiles of a grain are kept at a time at most; ``retention`` is in seconds after a tile's end."""
    length = grain.length_ms
    return 1 if length is None else -(-retention[grain] * 1000 // length) + 1


def _cuboid(cuboid: Cuboid, grain: Grain, tiles: int, load: Load, growth: Growth) -> Cost:
    buckets = _in_all(growth.buckets(cuboid, load.of_tile(grain)), tiles, load)
    memory = buckets * BYTES_PER_BUCKET
    if cuboid.spec.users:
        memory += _sketches(buckets, _in_all(growth.visits(cuboid, load.of_tile(grain)), tiles, load))
    updates = growth.buckets(cuboid, load.window) * load.rate / load.window
    return Cost(cuboid.name, grain, tiles, buckets, memory, load.rate, updates)


def _in_all(of_tile: float, tiles: int, load: Load) -> float:
    """Return how many things there are in all tiles, each of them made by an event of its own."""
    return min(of_tile * tiles, load.events)


def _sketches(buckets: float, visits: float) -> float:
    """Return at most how many bytes the HyperLogLogs of ``buckets`` buckets take, which have ``visits`` users together.

    A user costs most in a bucket that has just become dense.
    """
    return buckets * (BYTES_PER_KEY + HLL_EMPTY) + min(buckets * HLL_DENSE, visits * HLL_DENSE / HLL_DENSE_FROM)
