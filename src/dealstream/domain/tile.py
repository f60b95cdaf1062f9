"""Tiles: the periods of counting. A tile is one hour or one day of event time (UTC), or all time.

A cube lives in one tile and expires with it, all its counters at once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Grain(StrEnum):
    """How long a tile is."""

    EVER = "ever"
    DAY = "day"
    HOUR = "hour"

    @property
    def length_ms(self) -> int | None:
        """The length of such a tile; None for all time."""
        return _LENGTHS_MS[self]


_LENGTHS_MS = {Grain.EVER: None, Grain.DAY: 86_400_000, Grain.HOUR: 3_600_000}
_UNITS = {Grain.DAY: "D", Grain.HOUR: "h"}
# numpy reads more: months, zones, and `NaT`
_NAME = re.compile(r"\d{4,}-\d\d-\d\d(T\d\d)?", re.ASCII)


@dataclass(frozen=True, order=True)
class Tile:
    """The ``number``-th period of a grain since 1970."""

    grain: Grain
    number: int = 0

    @property
    def name(self) -> str:
        """As keys and operators have it: ``ever``, ``2026-11-25`` or ``2026-11-25T14``."""
        if self.grain is Grain.EVER:
            return self.grain.value
        return str(np.int64(self.number).astype(f"datetime64[{_UNITS[self.grain]}]"))

    @property
    def end_ms(self) -> int | None:
        """The time at which it ends, in milliseconds since 1970; None for all time."""
        length = self.grain.length_ms
        return None if length is None else (self.number + 1) * length


EVER = Tile(Grain.EVER)


def parse(name: str) -> Tile:
    """Return the tile of a name.

    Raises:
        ValueError: it is no tile's name.

    """
    if name == EVER.name:
        return EVER
    if match := _NAME.fullmatch(name):
        tile = Tile(Grain.HOUR if match[1] else Grain.DAY, int(np.datetime64(name).astype(np.int64)))
        if tile.name == name:
            return tile
    raise ValueError(f"{name!r} is no tile")


def covering(grain: Grain, start_ms: int, end_ms: int) -> list[Tile]:
    """Return the tiles that have a part in ``[start_ms, end_ms)``, in the order of time."""
    length = grain.length_ms
    if start_ms >= end_ms:
        return []
    if length is None:
        return [EVER]
    return [Tile(grain, number) for number in range(start_ms // length, -(-end_ms // length))]


def in_order(grains: Iterable[Grain]) -> tuple[Grain, ...]:
    """Return grains once each, the longest first."""
    wanted = set(grains)
    return tuple(grain for grain in Grain if grain in wanted)
