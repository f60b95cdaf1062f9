"""How far each partition is: what the log has, what is committed, and what every slot has counted."""

from dataclasses import dataclass

from dealstream.domain.ranges import of_partition
from dealstream.stores.counters import Counters
from dealstream.stores.log import Log


@dataclass(frozen=True)
class PartitionLag:
    """Offsets of one partition. ``watermarks`` has one entry a slot: everything below it is counted there.

    ``gone`` is how many offsets the log lost before every slot had counted them: the counts lack those.
    """

    partition: int
    first: int
    end: int
    committed: int
    watermarks: tuple[int, ...]
    gone: int

    @property
    def watermark(self) -> int:
        """Everything below it is counted in every slot."""
        return min(self.watermarks)

    @property
    def caught_up(self) -> bool:
        """Whether both stores have all that the log has; an empty partition is caught up."""
        return self.end == self.first or (self.committed >= self.end and self.watermark >= self.end)

    @property
    def behind(self) -> int:
        """How many offsets are not in both stores yet."""
        return 0 if self.caught_up else self.end - max(self.first, min(self.committed, self.watermark))


def lag(log: Log, counters: Counters) -> list[PartitionLag]:
    """Return the state of every partition."""
    partitions = log.partitions()
    bounds, committed, applied = log.bounds(partitions), log.committed(partitions), counters.applied(partitions)
    gone = counters.gone(partitions)
    return [
        PartitionLag(
            partition,
            *bounds[partition],
            committed[partition] or 0,
            tuple(ranges.watermark for ranges in of_partition(applied, partition)),
            sum(end - start for start, end in gone[partition]),
        )
        for partition in partitions
    ]
