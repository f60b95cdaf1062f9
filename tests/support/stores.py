"""The memory twins, with a switch that makes them unavailable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dealstream.domain.batch import Batch
from dealstream.domain.flush import Flush
from dealstream.domain.ranges import Ranges
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.log import MemoryLog
from dealstream.stores.rejected import MemoryRejected, RejectedRecord
from dealstream.stores.user_events import MemoryUserEvents, Rows
from dealstream.stores.vocabulary import MemoryVocabulary


class Switch:
    """Mixed into a twin: while ``away``, it does not answer."""

    away = False

    def answer(self) -> None:
        """Raise if away."""
        if self.away:
            raise StoreUnavailableError("switched off")


class SwitchedLog(Switch, MemoryLog):
    """A log whose reads can fail."""

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Read."""
        self.answer()
        return super().read(partition, start, end)


class SwitchedRejected(Switch, MemoryRejected):
    """A rejected topic that can fail."""

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Publish."""
        self.answer()
        super().publish(records)


class SwitchedUserEvents(Switch, MemoryUserEvents):
    """User events that can fail, and note what each write was."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[Rows] = []

    def write(self, rows: Rows) -> None:
        """Write."""
        self.answer()
        self.writes.append({row: dict(columns) for row, columns in rows.items()})
        super().write(rows)


class SwitchedCounters(Switch, MemoryCounters):
    """Counters that can fail."""

    def apply(self, flush: Flush) -> None:
        """Count."""
        self.answer()
        super().apply(flush)

    def applied(self, partitions: Iterable[int]) -> Mapping[tuple[int, int], Ranges]:
        """Tell what is counted."""
        self.answer()
        return super().applied(partitions)

    def mark_gone(self, partition: int, start: int, end: int) -> None:
        """Note what is gone."""
        self.answer()
        super().mark_gone(partition, start, end)


class SwitchedVocabulary(Switch, MemoryVocabulary):
    """A vocabulary that can fail."""

    def codes(self, dimension: str, labels: Sequence[str]) -> list[int]:
        """Look up."""
        self.answer()
        return super().codes(dimension, labels)
