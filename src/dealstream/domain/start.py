"""Where a spout reads a partition: at its start, and again when a store has been set back."""

from collections.abc import Sequence
from dataclasses import dataclass

from dealstream.domain.ranges import Ranges


class LogShrunkError(Exception):
    """Offsets are committed or counted that the log does not have yet: it was made anew, or has lost its end."""


@dataclass(frozen=True)
class Start:
    """Read from ``position``; the offsets in ``gone`` were needed, but the log has them no more."""

    position: int
    gone: tuple[int, int] | None = None


def start_of(partition: int, committed: int | None, applied: Sequence[Ranges], bounds: tuple[int, int]) -> Start:
    """Return where to read a partition: the lowest offset that is uncommitted or that some slot has not counted.

    ``applied`` are the ranges of every slot, ``bounds`` the log's first offset and end.

    Raises:
        LogShrunkError: the log ends before what is committed or counted; going on would take new events for old ones.

    """
    first, end = bounds
    known = max(committed or 0, *(max(ranges.ends, default=0) for ranges in applied))
    if known > end:
        raise LogShrunkError(
            f"partition {partition}: the log ends at {end}, but offsets up to {known} are committed or counted. Was the"
            " topic made anew? Then give the deployment another name, or destroy its counts and its consumer group"
        )
    position = min(committed or 0, *(ranges.watermark for ranges in applied))
    return Start(position) if position >= first else Start(first, gone=(position, first))


def set_back_to(committed: int, applied: Sequence[Ranges]) -> int | None:
    """Return the offset to go back to if some slot has forgotten what was committed; None if all is well.

    ``committed`` must have been committed before ``applied`` was read: a batch is acked when every slot has it.
    """
    watermark = min(ranges.watermark for ranges in applied)
    return watermark if watermark < committed else None
