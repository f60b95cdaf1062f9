"""Cuboids and the ids of their buckets.

All buckets of one owner live in one cube, whatever cuboid they belong to, so a bucket id must say which cuboid it is
of. Each cuboid gets a contiguous range of ids; inside it the codes of its other dimensions and the event type
are the digits of a mixed-radix number:

    id = base + ((code_1 * size_2 + code_2) * size_3 + ...) * types + type
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.dimension import Dimension
from dealstream.domain.tile import Grain, in_order

ID_BITS = 40
# the highest id is the mark of a cube's header
ID_LIMIT = (1 << ID_BITS) - 1
# takes an id out of a key that has something above it
ID_MASK = ID_LIMIT

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CuboidSpec:
    """What is wanted of a cuboid: in which tiles its buckets are counted, and whether unique ``users`` are too."""

    dimensions: tuple[str, ...]
    grains: tuple[Grain, ...] = (Grain.EVER,)
    users: bool = False


@dataclass(frozen=True)
class Cuboid:
    """Dimensions counted together. The first is the owner; ``sizes`` are the radices of the others."""

    spec: CuboidSpec
    base: int
    sizes: tuple[int, ...]
    types: int

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Its dimensions, the owner first."""
        return self.spec.dimensions

    @property
    def name(self) -> str:
        """As operators write it: ``deal,gender,age``."""
        return ",".join(self.dimensions)

    @property
    def owner(self) -> str:
        """The dimension whose values own the buckets."""
        return self.dimensions[0]

    @property
    def width(self) -> int:
        """How many ids it takes."""
        return int(np.prod([*map(int, self.sizes), self.types], dtype=object))

    def ids(self, codes: Sequence[npt.NDArray[np.int32]], types: npt.NDArray[np.int8]) -> Ids:
        """Return the bucket id of each event; ``codes`` are those of ``dimensions[1:]``, one array each."""
        ids: Ids = np.zeros(len(types), np.int64)
        for size, code in zip(self.sizes, codes, strict=True):
            ids *= size
            ids += code
        ids *= self.types
        ids += types
        ids += self.base
        return ids

    def holds(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Tell which ids are buckets of this cuboid."""
        return (ids >= self.base) & (ids < self.base + self.width)

    def split(self, ids: Ids) -> tuple[list[Ids], Ids]:
        """Return the codes of ``dimensions[1:]`` and the types of ``ids``: the inverse of `ids`."""
        rest, types = np.divmod(ids - self.base, self.types)
        codes = []
        for size in reversed(self.sizes):
            rest, code = np.divmod(rest, size)
            codes.append(code)
        return codes[::-1], types


@dataclass(frozen=True)
class Layout:
    """Every cuboid of a deployment with its range of ids."""

    cuboids: tuple[Cuboid, ...]

    @staticmethod
    def of(specs: Sequence[CuboidSpec], dimensions: Mapping[str, Dimension], types: int) -> "Layout":
        """Lay the cuboids out one after another, for each owner dimension anew; ids are the same in all tiles.

        Raises:
            ValueError: an owner's ids do not fit into 40 bits.

        """
        used: dict[str, int] = {}
        cuboids = []
        for spec in specs:
            sizes = tuple(dimensions[name].size for name in spec.dimensions[1:])
            cuboid = Cuboid(spec, used.get(spec.dimensions[0], 0), sizes, types)
            used[cuboid.owner] = cuboid.base + cuboid.width
            if used[cuboid.owner] > ID_LIMIT:
                raise ValueError(
                    f"the buckets of {cuboid.owner!r} need ids up to {used[cuboid.owner]:,}, over the {ID_BITS} bits"
                    f" of an id, reached at {' x '.join(spec.dimensions)}; give open dimensions a smaller capacity"
                )
            cuboids.append(cuboid)
        return Layout(tuple(cuboids))

    def of_owner(self, owner: str, grain: Grain | None = None) -> tuple[Cuboid, ...]:
        """Return the cuboids owned by the dimension ``owner``; with ``grain``, only those counted in such tiles."""
        owned = (cuboid for cuboid in self.cuboids if cuboid.owner == owner)
        return tuple(cuboid for cuboid in owned if grain is None or grain in cuboid.spec.grains)

    def width(self, owner: str) -> int:
        """Return how many ids the buckets of one owner can have."""
        last = self.of_owner(owner)[-1]
        return last.base + last.width

    def grains(self, owner: str | None = None) -> tuple[Grain, ...]:
        """Return in which tiles cuboids are counted; with ``owner``, only those of that dimension."""
        cuboids = self.cuboids if owner is None else self.of_owner(owner)
        return in_order(grain for cuboid in cuboids for grain in cuboid.spec.grains)

    @property
    def owners(self) -> tuple[str, ...]:
        """The dimensions that own cuboids, in the order of the configuration."""
        return tuple(dict.fromkeys(cuboid.owner for cuboid in self.cuboids))

    def find(self, dimensions: Sequence[str]) -> Cuboid:
        """Return the cuboid of these dimensions, in any order.

        Raises:
            KeyError: no such cuboid is counted.

        """
        for cuboid in self.cuboids:
            if set(cuboid.dimensions) == set(dimensions):
                return cuboid
        raise KeyError(f"{','.join(dimensions)} is not counted; there are " + "; ".join(c.name for c in self.cuboids))
