"""Where ranking gets counts from: the contract, and the simpler way, which reads them for each request."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dealstream.domain.ranking.bucket_table import Table
from dealstream.stores.counters import ALL_TIME, Counters, Tiles


class Counts(Protocol):
    """Gives tables of counts; `lookup.owners` tells which are wanted."""

    def tables(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Table]:
        """Return a table for each owner dimension, with the cubes of at least these owners.

        Raises:
            StoreUnavailableError: a server did not answer.

        """


class ReadCounts:
    """Reads the cubes that are wanted, each time: one pipelined round trip a server and dimension. Holds nothing."""

    def __init__(self, counters: Counters, tiles: Tiles = ALL_TIME) -> None:
        """Sum the counts over ``tiles``."""
        self._counters = counters
        self._tiles = tiles

    def tables(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Table]:
        """Read them."""
        return {name: Table(self._counters.cubes(name, owners, self._tiles)) for name, owners in wanted.items()}
