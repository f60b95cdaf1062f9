"""How a user's events lie in HBase: row = user, one column per event, in time order.

    row       = one byte of the user's hash | user
    qualifier = time in ms (8 bytes, big-endian) | deal | 0 | type | 0 | 8 bytes of the id's hash

The hash byte spreads any kind of user id evenly over the regions. The id's hash keeps two events apart that agree in
time, deal and type (two till lines of one product in one basket), and makes writing an event twice write one cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress

import xxhash

from dealstream.domain.batch import Batch
from dealstream.domain.event import texts, times
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.relevance import Relevance
from dealstream.domain.verdicts import kept

# by row and column
Cells = Mapping[bytes, Mapping[bytes, bytes]]
FAMILY = "e"
_PREFIX = f"{FAMILY}:".encode()


@lru_cache(maxsize=1 << 16)  # users come in runs
def row_key(user: str) -> bytes:
    """Return the row of a user."""
    encoded = user.encode()
    return bytes((xxhash.xxh3_64_intdigest(encoded) & 0xFF,)) + encoded


def user_of(row: bytes) -> str:
    """Return the user of a row: the inverse of `row_key`."""
    return row[1:].decode()


def column(time_ms: int, deal: str, type_: str, id_: str) -> bytes:
    """Return the column of an event, family included; columns of a row sort by time."""
    tail = xxhash.xxh3_64_digest(id_.encode())
    return b"".join((_PREFIX, time_ms.to_bytes(8, "big"), f"{deal}\0{type_}\0".encode(), tail))


def time_of(column_: bytes) -> int:
    """Return the time in ms of a column."""
    return int.from_bytes(column_[len(_PREFIX) :][:8], "big")


def split_keys(regions: int) -> Sequence[bytes]:
    """Return the keys that split the table evenly into ``regions`` regions (at most 256)."""
    return [bytes((number * 256 // regions,)) for number in range(1, regions)]


class RowMapper:
    """Maps the kept events of a batch to cells."""

    def __init__(self, relevance: Relevance) -> None:
        self._fields = names = relevance.event
        self._decoder = KeptDecoder(relevance, (names.id, names.user, names.deal, names.time, names.type))

    def cells(self, batch: Batch, verdicts: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield row, column and value (the event as it came) of each kept event."""
        chosen = kept(verdicts)
        columns = self._decoder.columns(batch, verdicts, chosen)
        ids, users, deals = (texts(columns[field]) for field in (self._fields.id, self._fields.user, self._fields.deal))
        times_ms, types = times(columns[self._fields.time]).tolist(), columns[self._fields.type]
        values = compress(batch.values, chosen.tolist())
        for value, id_, user, deal, time_ms, type_ in zip(values, ids, users, deals, times_ms, types, strict=True):
            assert value is not None  # null is no event
            yield row_key(user), column(time_ms, deal, type_, id_), value
