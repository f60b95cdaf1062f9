"""What is known of deals (the catalogue) and of users (the profiles): attributes by id, as one JSON document each.

The contract, HBase, and the in-memory twin. A row's key is that of a user's events: a hash byte, then the id.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from dealstream.domain.attributes import Attributes
from dealstream.domain.rows import row_key, user_of
from dealstream.stores.hbase import Connected

COLUMN = b"a:json"
SCAN_AT_ONCE = 1000


class Catalogue(Protocol):
    """Attributes by id.

    Every method raises `StoreUnavailableError` if the store does not answer.
    """

    def put(self, id_: str, attributes: Attributes) -> None:
        """Replace all that is known of an id; returns when it is durable."""

    def get(self, ids: Sequence[str]) -> Mapping[str, Attributes]:
        """Return what is known of these ids; those that nothing is known of are left out."""

    def delete(self, id_: str) -> None:
        """Forget an id; returns when that is durable."""

    def walk(self) -> Iterator[tuple[str, Attributes]]:
        """Yield every id with its attributes, in no order to rely on."""


class MemoryCatalogue:
    """Attributes in a dict."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}

    def put(self, id_: str, attributes: Attributes) -> None:
        """Replace all that is known of an id."""
        self.documents[id_] = _dump(attributes)

    def get(self, ids: Sequence[str]) -> Mapping[str, Attributes]:
        """Return what is known of these ids."""
        return {id_: json.loads(self.documents[id_]) for id_ in ids if id_ in self.documents}

    def delete(self, id_: str) -> None:
        """Forget an id."""
        self.documents.pop(id_, None)

    def walk(self) -> Iterator[tuple[str, Attributes]]:
        """Yield every id with its attributes."""
        return ((id_, json.loads(document)) for id_, document in list(self.documents.items()))


class HBaseCatalogue:
    """Attributes in an HBase table, through happybase."""

    def __init__(self, hbase: Connected, table: str) -> None:
        self._hbase = hbase
        self._table = table

    def put(self, id_: str, attributes: Attributes) -> None:
        """Replace all that is known of an id."""
        cell = {COLUMN: _dump(attributes)}
        self._hbase.call(lambda connection: connection.table(self._table).put(row_key(id_), cell))

    def get(self, ids: Sequence[str]) -> Mapping[str, Attributes]:
        """Return what is known of these ids, in one round trip."""
        if not ids:
            return {}
        rows = [row_key(id_) for id_ in ids]
        found = self._hbase.call(lambda connection: connection.table(self._table).rows(rows, columns=[COLUMN]))
        return {user_of(row): json.loads(columns[COLUMN]) for row, columns in found if columns[COLUMN]}

    def delete(self, id_: str) -> None:
        """Forget an id: its cell is empty. HBase's own deletion would hide what is put within the same millisecond."""
        self._hbase.call(lambda connection: connection.table(self._table).put(row_key(id_), {COLUMN: b""}))

    def walk(self) -> Iterator[tuple[str, Attributes]]:
        """Yield every id with its attributes; scans a thousand at once."""
        rows = self._scan(b"")
        while rows:
            yield from ((user_of(row), json.loads(columns[COLUMN])) for row, columns in rows if columns[COLUMN])
            rows = self._scan(rows[-1][0] + b"\0")

    def _scan(self, start: bytes) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
        def scan(connection: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:  # noqa: ANN401 -- happybase is untyped
            table = connection.table(self._table)
            return list(table.scan(row_start=start, columns=[COLUMN], limit=SCAN_AT_ONCE, batch_size=SCAN_AT_ONCE))

        return self._hbase.call(scan)


def _dump(attributes: Attributes) -> bytes:
    return json.dumps(attributes, ensure_ascii=False, allow_nan=False).encode()
