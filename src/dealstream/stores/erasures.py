"""The tombstones of erased users, kept as long as the log may be replayed: the contract, HBase, and the twin.

They are a log of their own: whoever asks for news gets, in order, all that was added since it asked before. What was
added before the question is in the answer: the writer of user events rests on that.
"""

import json
from typing import Any, Protocol

from dealstream.domain.erasure import Tombstone
from dealstream.stores.hbase import Connected

_COLUMN = b"t:json"
_AT_ONCE = 1000


class Erasures(Protocol):
    """A list of tombstones that grows, and a place in it up to which this object has told.

    Every method raises `StoreUnavailableError` if the store does not answer.
    """

    def add(self, tombstone: Tombstone) -> None:
        """Add a tombstone; returns when it is durable. Adding one twice is no matter."""

    def news(self) -> list[Tombstone]:
        """Return the tombstones that this object has not told of yet."""


class MemoryErasures:
    """Tombstones in a list, which may be shared."""

    def __init__(self, tombstones: list[Tombstone] | None = None) -> None:
        self.tombstones = [] if tombstones is None else tombstones
        self._told = 0

    def add(self, tombstone: Tombstone) -> None:
        """Add a tombstone."""
        self.tombstones.append(tombstone)

    def news(self) -> list[Tombstone]:
        """Return the tombstones not told of yet."""
        found = self.tombstones[self._told :]
        self._told += len(found)
        return found


class HBaseErasures:
    """Tombstones in an HBase table: rows are numbered from 0 without a gap, each made by check-and-put.

    So whoever has read up to a number needs to look at the next row only, and misses none.
    """

    def __init__(self, hbase: Connected, table: str) -> None:
        self._hbase = hbase
        self._table = table
        self._next = 0
        self._end = 0

    def add(self, tombstone: Tombstone) -> None:
        """Add a tombstone after the last one."""
        value = json.dumps([tombstone.user, sorted(tombstone.ends.items())]).encode()
        number = self._end
        while not self._claim(number, value):
            number += 1 + len(self._read(number + 1))
        # below it there is no gap, whatever other threads do meanwhile
        self._end = number

    def news(self) -> list[Tombstone]:
        """Return the tombstones not told of yet."""
        found: list[Tombstone] = []
        while rows := self._read(self._next):
            found += map(_parse, rows)
            self._next += len(rows)
        return found

    def _claim(self, number: int, value: bytes) -> bool:
        """Put a tombstone into an empty row; tell whether the row was empty, or has this one already."""

        def claim(connection: Any) -> bool:  # noqa: ANN401 -- happybase is untyped
            from Hbase_thrift import Mutation  # made by happybase when it is imported

            table = connection.table(self._table)
            put = Mutation(isDelete=False, column=_COLUMN, value=value)
            if connection.client.checkAndPut(table.name, _key(number), _COLUMN, None, put, {}):
                return True
            return bool(table.row(_key(number), columns=[_COLUMN])[_COLUMN] == value)

        return self._hbase.call(claim)

    def _read(self, number: int) -> list[bytes]:
        """Return the tombstones from a number on, up to many; mostly there is none, which takes one round trip."""

        def read(connection: Any) -> list[bytes]:  # noqa: ANN401
            table = connection.table(self._table)
            if not table.row(_key(number), columns=[_COLUMN]):
                return []
            rows = table.scan(row_start=_key(number), columns=[_COLUMN], limit=_AT_ONCE, batch_size=_AT_ONCE)
            return [columns[_COLUMN] for _, columns in rows]

        return self._hbase.call(read)


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _parse(value: bytes) -> Tombstone:
    user, ends = json.loads(value)
    return Tombstone(user, dict(ends))
