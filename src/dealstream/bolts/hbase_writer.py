"""The HBase writer: user -> all its events, one column per event; an erased user's events are not written again."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from dealstream.bolts.flushing import FlushingBolt
from dealstream.domain.batch import unpack
from dealstream.domain.erasure import Erased, Judged
from dealstream.domain.rows import RowMapper
from dealstream.settings import Settings
from dealstream.stores.erasures import Erasures
from dealstream.stores.open import open_erasures, open_user_events
from dealstream.stores.user_events import UserEvents


class HBaseWriterBolt(FlushingBolt):
    """Collects the kept events by user, so that a user's events of one flush go as columns of one row mutation."""

    open_user_events: Callable[[Settings], UserEvents] = staticmethod(open_user_events)
    open_erasures: Callable[[Settings], Erasures] = staticmethod(open_erasures)

    def open(self, settings: Settings) -> None:
        """Open HBase."""
        self.flush_events = settings.tuning.writer_flush_events
        self.flush_ms = settings.tuning.writer_flush_ms
        self._mapper = RowMapper(settings.relevance)
        self._user_events = self.open_user_events(settings)
        self._erasures = self.open_erasures(settings)
        self._erased = Erased()
        self.clear()

    def collect(self, values: Any) -> None:  # noqa: ANN401 -- a named tuple of JUDGED_FIELDS made by pystorm
        """Map the kept events of a batch to cells."""
        batch = unpack(values.partition, values.first, values.next, values.payload)
        for row, column, value in self._mapper.cells(batch, values.verdicts):
            self._rows[row][column] = value
        self._collected.append((batch, values.verdicts))

    def flush(self) -> None:
        """Write the rows, less what is erased.

        An erasure first puts its tombstone, then deletes the row. So if the tombstone came before we looked, the cells
        are left out; if it came until we had written, we find it now and take them back; if later, the
        row is deleted after we wrote.
        """
        if not self._rows:
            return
        for row, columns in self._newly_erased().items():
            for column in columns:
                del self._rows[row][column]
        self._user_events.write({row: columns for row, columns in self._rows.items() if columns})
        if meanwhile := self._newly_erased():
            self._user_events.delete(meanwhile)

    def clear(self) -> None:
        """Forget the rows."""
        self._rows: defaultdict[bytes, dict[bytes, bytes]] = defaultdict(dict)
        self._collected: list[Judged] = []

    def _newly_erased(self) -> dict[bytes, set[bytes]]:
        """Read what was erased since we looked last; return the columns of ours that are erased."""
        self._erased.add(self._erasures.news())
        found = self._erased.cells(self._rows, self._mapper, self._collected)
        return {row: there for row, columns in found.items() if (there := columns & self._rows[row].keys())}
