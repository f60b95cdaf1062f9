"""The users' events: the contract, HBase, and the in-memory twin. Writing an event twice writes the same cell."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Protocol

from dealstream.domain.rows import FAMILY, Cells, row_key, user_of
from dealstream.stores.hbase import Connected
from dealstream.stores.hbase_frames import frames

Rows = Cells
SCAN_AT_ONCE = 200


class UserEvents(Protocol):
    """Row = user, one column per event; see domain/rows."""

    def write(self, rows: Rows) -> None:
        """Write cells, by row and column; returns when they are durable.

        Raises:
            StoreUnavailableError: HBase did not answer; any part may be there. Write it again.

        """

    def delete(self, columns: Mapping[bytes, Collection[bytes]]) -> None:
        """Delete columns, by row; returns when that is durable."""

    def erase(self, user: str) -> None:
        """Delete everything of a user; returns when that is durable."""

    def events(self, user: str, limit: int | None = None) -> list[bytes]:
        """Return the JSON of a user's events in time order, the newest ``limit`` of them."""

    def cells(self) -> Iterator[tuple[str, int]]:
        """Yield every user with the number of its cells."""


class MemoryUserEvents:
    """User events in a dict."""

    def __init__(self) -> None:
        self.rows: dict[bytes, dict[bytes, bytes]] = defaultdict(dict)

    def write(self, rows: Rows) -> None:
        """Write cells."""
        for row, columns in rows.items():
            self.rows[row].update(columns)

    def delete(self, columns: Mapping[bytes, Collection[bytes]]) -> None:
        """Delete columns."""
        for row, names in columns.items():
            for name in names:
                self.rows[row].pop(name, None)

    def erase(self, user: str) -> None:
        """Delete everything of a user."""
        self.rows.pop(row_key(user), None)

    def events(self, user: str, limit: int | None = None) -> list[bytes]:
        """Return the JSON of a user's events in time order, the newest ``limit`` of them."""
        return _newest(self.rows.get(row_key(user), {}), limit)

    def cells(self) -> Iterator[tuple[str, int]]:
        """Yield every user with the number of its cells."""
        return ((user_of(row), len(columns)) for row, columns in sorted(self.rows.items()) if columns)


class HBaseUserEvents:
    """User events in an HBase table, through happybase."""

    def __init__(self, hbase: Connected, table: str) -> None:
        self._hbase = hbase
        self._table = table

    def write(self, rows: Rows) -> None:
        """Write cells in few batches, all columns of a row that are in one of them as one mutation."""

        def send(connection: Any) -> None:  # noqa: ANN401 -- happybase is untyped
            batch = connection.table(self._table).batch()
            for frame in frames(rows):
                for row, columns in frame.items():
                    batch.put(row, columns)
                batch.send()

        self._hbase.call(send)

    def delete(self, columns: Mapping[bytes, Collection[bytes]]) -> None:
        """Delete columns in one batch."""

        def send(connection: Any) -> None:  # noqa: ANN401 -- happybase is untyped
            batch = connection.table(self._table).batch()
            for row, names in columns.items():
                batch.delete(row, list(names))
            batch.send()

        self._hbase.call(send)

    def erase(self, user: str) -> None:
        """Delete a user's row."""
        self._hbase.call(lambda connection: connection.table(self._table).delete(row_key(user)))

    def events(self, user: str, limit: int | None = None) -> list[bytes]:
        """Return the JSON of a user's events in time order, the newest ``limit`` of them."""
        return _newest(self._hbase.call(lambda connection: connection.table(self._table).row(row_key(user))), limit)

    def cells(self) -> Iterator[tuple[str, int]]:
        """Yield every user with the number of its cells; scans keys only, not values."""
        rows = self._scan(b"")
        while rows:
            yield from ((user_of(row), len(columns)) for row, columns in rows)
            rows = self._scan(rows[-1][0] + b"\0")

    def _scan(self, start: bytes) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
        def scan(connection: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:  # noqa: ANN401
            rows = connection.table(self._table).scan(
                row_start=start, columns=[FAMILY.encode()], filter=b"KeyOnlyFilter()", batch_size=SCAN_AT_ONCE
            )
            return list(islice(rows, SCAN_AT_ONCE))

        return self._hbase.call(scan)


def _newest(columns: Mapping[bytes, bytes], limit: int | None) -> list[bytes]:
    in_time_order = [value for _, value in sorted(columns.items())]
    return in_time_order if limit is None else in_time_order[-limit:] if limit else []
