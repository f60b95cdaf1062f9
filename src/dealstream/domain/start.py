"""Where a spout starts to read a partition."""

from collections.abc import Sequence
from dataclasses import dataclass

from dealstream.domain.ranges import Ranges


class EventsGoneError(Exception):
    """The log no longer holds events that are counted in some slots and not in others."""


@dataclass(frozen=True)
class Start:
    """Read from ``position``; offsets below ``skipped`` were gone before anything was counted, and stay uncounted."""

    position: int
    skipped: int = 0


def start_of(partition: int, committed: int | None, applied: Sequence[Ranges], bounds: tuple[int, int]) -> Start:
    """Return where to read a partition: the lowest offset that is uncommitted or that some slot has not counted.

    Where no slot has counted anything (a new deployment, or a new schema that counts the log anew) that is the
    first offset the log still has. ``applied`` are the ranges of every slot, ``bounds`` the log's first offset and end.

    Raises:
        EventsGoneError: that offset is not in the log.

    """
    first, end = bounds
    if not any(applied):
        return Start(first, skipped=first)
    position = min(committed or 0, *(ranges.watermark for ranges in applied))
    if not first <= position <= end:
        raise EventsGoneError(
            f"partition {partition} must be read from offset {position}, but the log holds [{first}, {end}):"
            " it was truncated by retention, or made anew while the stores were not"
        )
    return Start(position)
