"""The index over the catalogue in memory: candidates for requests, and leaderboards refreshed from the counts."""

from collections.abc import Mapping
from threading import Lock

from dealstream.domain.attributes import Attributes
from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.catalogue import Catalogue, Filter
from dealstream.domain.ranking.deal_level import DealLevel
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.index import Index
from dealstream.domain.relevance import Relevance
from dealstream.serving.counts import Counts


class CatalogueIndex:
    """Finds candidates in any thread, while deals come and leaderboards are made in others."""

    def __init__(self, relevance: Relevance, counts: Counts, codes_of: CodesOf) -> None:
        """Take the counts to rank by, and the durable codes of open dimensions."""
        self._relevance = relevance
        self._counts = counts
        self._codes_of = codes_of
        self._lock = Lock()
        self._index = Index(Catalogue(relevance.dimensions), relevance.ranking.exploration.cap)

    def put(self, deals: Mapping[str, Attributes]) -> None:
        """Take in deals, new or changed, with all of their attributes; raises ValueError if a number is none."""
        with self._lock:
            self._index.put(deals)

    def remove(self, deal: str) -> None:
        """Forget a deal, if it is there."""
        with self._lock:
            self._index.remove(deal)

    def refresh(self, exposures: Exposures, seed: int) -> None:
        """Make the leaderboards anew, from one thread at a time; takes about a second for 400,000 deals.

        With another ``seed`` other unproven deals have their turn;
        the number of the hour will do.

        Raises:
            StoreUnavailableError: the counts can't be read; the leaderboards stay as they are.

        """
        level = DealLevel(self._relevance, self._index.catalogue)
        boards = self._index.made(level.standing(self._counts.tables, self._codes_of, exposures, seed))
        with self._lock:
            self._index.adopt(boards)

    def candidates(self, wanted: Filter, limit: int) -> list[str]:
        """Return candidates, see `Index.candidates`; raises KeyError if the filter names what is no column."""
        with self._lock:
            return self._index.candidates(wanted, limit)
