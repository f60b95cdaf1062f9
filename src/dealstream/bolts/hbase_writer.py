"""The HBase writer: user -> all its events, one column per event."""

from collections import defaultdict
from collections.abc import Callable

from dealstream.bolts.flushing import FlushingBolt
from dealstream.domain.batch import Batch
from dealstream.domain.rows import RowMapper
from dealstream.settings import Settings
from dealstream.stores.open import open_user_events
from dealstream.stores.user_events import UserEvents


class HBaseWriterBolt(FlushingBolt):
    """Collects the kept events by user, so that a user's events of one flush go as columns of one row mutation."""

    open_user_events: Callable[[Settings], UserEvents] = staticmethod(open_user_events)

    def open(self, settings: Settings) -> None:
        """Open HBase."""
        self.flush_events = settings.tuning.writer_flush_events
        self.flush_ms = settings.tuning.writer_flush_ms
        self._mapper = RowMapper(settings.relevance)
        self._user_events = self.open_user_events(settings)
        self.clear()

    def collect(self, batch: Batch, verdicts: bytes) -> None:
        """Map the kept events of a batch to cells."""
        for row, column, value in self._mapper.cells(batch, verdicts):
            self._rows[row][column] = value

    def flush(self) -> None:
        """Write the rows."""
        if self._rows:
            self._user_events.write(self._rows)

    def clear(self) -> None:
        """Forget the rows."""
        self._rows: defaultdict[bytes, dict[bytes, bytes]] = defaultdict(dict)
