"""The vocabulary: durable codes for the values of open dimensions. The contract, HBase, and the in-memory twin.

Codes must be as durable as counts: were a Redis server set back with the codes in it, a code could come back meaning
something else. So they live in HBase: a value gets its code once, by check-and-put, for ever and for all slots.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dealstream.stores.hbase import Connected

# code 0 is "unknown", whatever the dimension
FIRST_CODE = 1


class Vocabulary(Protocol):
    """Gives out codes."""

    def codes(self, dimension: str, labels: Sequence[str]) -> list[int]:
        """Return the code of each label, 1 and up; new labels get a new one.

        Raises:
            StoreUnavailableError: HBase did not answer.

        """

    def labels(self, dimension: str) -> Mapping[int, str]:
        """Return every label that has a code, by code."""


class MemoryVocabulary:
    """A vocabulary in a dict."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str, int]] = defaultdict(dict)

    def codes(self, dimension: str, labels: Sequence[str]) -> list[int]:
        """Return the code of each label."""
        known = self._codes[dimension]
        return [known.setdefault(label, len(known) + FIRST_CODE) for label in labels]

    def labels(self, dimension: str) -> Mapping[int, str]:
        """Return every label that has a code, by code."""
        return {code: label for label, code in self._codes[dimension].items()}


class HBaseVocabulary:
    """A vocabulary in an HBase table: row = dimension, column ``c:<label>`` = the code, ``n:next`` = a counter."""

    def __init__(self, hbase: Connected, table: str) -> None:
        self._hbase = hbase
        self._table = table
        self._known: dict[str, dict[str, int]] = {}

    def codes(self, dimension: str, labels: Sequence[str]) -> list[int]:
        """Return the code of each label; asks HBase only about labels this process has not met."""
        if dimension not in self._known:
            self._known[dimension] = self._read(dimension)
        known = self._known[dimension]
        for label in labels:
            if label not in known:
                known[label] = self._intern(dimension, label)
        return [known[label] for label in labels]

    def labels(self, dimension: str) -> Mapping[int, str]:
        """Return every label that has a code, by code."""
        return {code: label for label, code in self._read(dimension).items()}

    def _read(self, dimension: str) -> dict[str, int]:
        row = self._hbase.call(lambda connection: connection.table(self._table).row(dimension.encode(), columns=[b"c"]))
        return {column.decode().removeprefix("c:"): int(code) for column, code in row.items()}

    def _intern(self, dimension: str, label: str) -> int:
        """Give a label its code, or take the one another task gave it first; a code drawn in vain stays unused."""
        row, column = dimension.encode(), f"c:{label}".encode()

        def intern(connection: Any) -> int:  # noqa: ANN401 -- happybase is untyped
            from Hbase_thrift import Mutation  # made by happybase when it is imported

            table = connection.table(self._table)
            if (cell := table.row(row, columns=[column])) and column in cell:
                return int(cell[column])
            code = FIRST_CODE - 1 + int(table.counter_inc(row, b"n:next"))
            put = Mutation(isDelete=False, column=column, value=str(code).encode())
            if connection.client.checkAndPut(table.name, row, column, None, put, {}):
                return code
            return int(table.row(row, columns=[column])[column])

        return self._hbase.call(intern)
