"""The tiles that a question about the last days or hours is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from dealstream.domain import durations
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain, Tile, covering


class WindowError(ValueError):
    """What was asked for is not counted; the message says what is."""


@dataclass(frozen=True)
class Window:
    """Tiles in the order of time."""

    tiles: Sequence[Tile]

    def __str__(self) -> str:
        """Say from when to when, such as ``2026-11-19 to 2026-11-25 UTC``."""
        return f"{self.tiles[0].name} to {self.tiles[-1].name} UTC"


def window_of(relevance: Relevance, cuboid: Cuboid, length: str, until_ms: int, now_ms: int) -> Window:
    """Return the tiles of the last ``length``, such as ``7d``; the last tile is that in which ``until_ms`` lies.

    Whole days are read from the tiles of days if there are any, everything else from those of hours.

    Raises:
        WindowError: the cuboid has no such tiles, or some of them are kept no more at ``now_ms``.
        ValueError: ``length`` is no duration.

    """
    wanted_ms = durations.seconds(length) * 1000
    for grain in (Grain.DAY, Grain.HOUR):
        step = grain.length_ms
        if step is not None and grain in cuboid.spec.grains and wanted_ms and wanted_ms % step == 0:
            end_ms = (until_ms // step + 1) * step
            _check_retention(relevance, Tile(grain, (end_ms - wanted_ms) // step), now_ms)
            return Window(covering(grain, end_ms - wanted_ms, end_ms))
    counted = ", ".join(cuboid.spec.grains)
    raise WindowError(f"{cuboid.name} is counted by {counted}: {length} is not a whole number of such tiles")


def _check_retention(relevance: Relevance, oldest: Tile, now_ms: int) -> None:
    gone = relevance.expires_at(oldest)
    if gone is not None and gone * 1000 <= now_ms:
        kept = relevance.retention[oldest.grain]
        raise WindowError(
            f"tiles of one {oldest.grain} are kept for {kept:,} seconds after their end, and some are gone"
        )
