"""Snapshots of finished dedup slices: the contract, HBase, and the in-memory twin.

A cache, never the truth: whatever is missing is read from the log. A finished slice never changes, so neither does its
snapshot, and two tasks that write the same one write the same bytes.
"""

from typing import Any, Protocol

from dealstream.stores.hbase import HBase


class Snapshots(Protocol):
    """Where the snapshots of one kind of window are."""

    def load(self, partition: int, number: int) -> bytes | None:
        """Return the snapshot of a slice; None if there is none.

        Raises:
            StoreUnavailableError: HBase did not answer.

        """

    def save(self, partition: int, number: int, snapshot: bytes) -> None:
        """Keep the snapshot of a slice.

        Raises:
            StoreUnavailableError: HBase did not answer.

        """


class MemorySnapshots:
    """Snapshots in a dict."""

    def __init__(self) -> None:
        self.slices: dict[tuple[int, int], bytes] = {}

    def load(self, partition: int, number: int) -> bytes | None:
        """Return the snapshot of a slice."""
        return self.slices.get((partition, number))

    def save(self, partition: int, number: int, snapshot: bytes) -> None:
        """Keep the snapshot of a slice."""
        self.slices[partition, number] = snapshot


class HBaseSnapshots:
    """Snapshots in an HBase table: row = partition and slice, column = ``s:`` and the kind of window.

    The kind is everything that decides what a slice holds: the schema and bounds that say what an event is, the
    slices' size, and the error rate of their filters.
    """

    def __init__(self, hbase: HBase, table: str, kind: str) -> None:
        self._hbase = hbase
        self._table = table
        self._column = f"s:{kind}".encode()

    def load(self, partition: int, number: int) -> bytes | None:
        """Return the snapshot of a slice."""
        row = _row(partition, number)

        def get(connection: Any) -> bytes | None:  # noqa: ANN401 -- happybase is untyped
            found: bytes | None = connection.table(self._table).row(row, columns=[self._column]).get(self._column)
            return found

        return self._hbase.call(get)

    def save(self, partition: int, number: int, snapshot: bytes) -> None:
        """Keep the snapshot of a slice."""
        row = _row(partition, number)
        self._hbase.call(lambda connection: connection.table(self._table).put(row, {self._column: snapshot}))


def _row(partition: int, number: int) -> bytes:
    return partition.to_bytes(4, "big") + number.to_bytes(8, "big")
