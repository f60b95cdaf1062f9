"""A shop without a cluster: dealstream's own counting, histories and ranking, on the stores' twins in memory.

Events take the way they take through the topology: decoded and judged, counted flush by flush, written to the user's
row; and the ranker looks deals up in the cubes as it does in Redis.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.cube import Cube
from dealstream.domain.event import EventDecoder
from dealstream.domain.fanout import CodesOf
from dealstream.domain.flush import Flush
from dealstream.domain.ranking.affinity import adjust
from dealstream.domain.ranking.backoff import base_rate
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.explore import seed_of
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.fitting import fit
from dealstream.domain.ranking.history import HistoryReader
from dealstream.domain.ranking.lookup import all_buckets, evidence
from dealstream.domain.ranking.rank import Ranker
from dealstream.domain.records import Records
from dealstream.domain.relevance import Relevance
from dealstream.domain.rows import RowMapper
from dealstream.domain.verdicts import verdicts
from dealstream.domain.window import FlushWindow
from dealstream.market.offers import Offers
from dealstream.market.shop import Page, People, Record
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary

# exposures are fitted after so many moments of visitors
_FITTED_AGAIN = 25


class MemoryShop:
    """A shop that has counted everything it was told when the next visitor comes."""

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._counters, self._user_events = MemoryCounters(relevance.keys), MemoryUserEvents()
        vocabulary = MemoryVocabulary()
        self._codes: CodesOf = lambda name, labels: np.array(vocabulary.codes(name, labels), np.int32)
        self._decoder, self._rows = EventDecoder(relevance), RowMapper(relevance)
        self._histories, self._ranker = HistoryReader(relevance), Ranker(relevance.ranking)
        self._exposures: Exposures | None = None
        self._records = self._flushes = 0

    def open(self, people: People) -> None:
        """Take in the catalogue and the users' profiles."""
        self._people = people
        self._offers = Offers(self._relevance, people.deals, people.catalogue, self._codes)

    def rank(self, users: Sequence[int], size: int, now_ms: int) -> list[Page]:
        """Return a page for each visitor, all of them by the same counts."""
        owners = dict.fromkeys(cuboid.owner for cuboid in self._ranker.tree.cuboids)
        tables = {name: self._table(name) for name in owners}
        exposures = self._exposures or Exposures(self._base())
        return [self._page(user, size, now_ms, tables, exposures) for user in users]

    def record(self, events: Sequence[Record]) -> None:
        """Count events and keep them."""
        batch = self._batch(events)
        rows = self._decoder.judge(batch).rows
        letters = verdicts(len(batch), rows, np.zeros(len(rows), np.bool_))
        window = FlushWindow(self._relevance)
        window.add(batch, letters)
        self._counters.apply(Flush(self._relevance, window, self._codes))
        rows_of_users: dict[bytes, dict[bytes, bytes]] = defaultdict(dict)
        for row, column, value in self._rows.cells(batch, letters):
            rows_of_users[row][column] = value
        self._user_events.write(rows_of_users)
        self._flushes += 1
        ranking = self._relevance.ranking
        if ranking.exposure is not None and self._flushes % _FITTED_AGAIN == 0:
            self._exposures = fit(ranking, self._ranker.tree, self._table, self._base())

    def _base(self) -> float:
        ranking, first = self._relevance.ranking, self._ranker.tree.nodes[0].cuboid
        return ranking.base or base_rate(all_buckets(first, self._cubes(first.owner).values()), ranking.repeats)

    def _table(self, dimension: str) -> Table:
        return Table(self._cubes(dimension))

    def _cubes(self, dimension: str) -> Mapping[str, Cube]:
        return self._counters.cubes(dimension, self._counters.owners(dimension))

    def _page(self, user: int, size: int, now_ms: int, tables: dict[str, Table], exposures: Exposures) -> Page:
        people, ranking = self._people, self._relevance.ranking
        candidates = self._offers.to({**people.profiles[user], **people.contexts[user]})
        name = people.users[user]
        history = self._histories.read(self._user_events.events(name, ranking.affinity.events))
        ranked = self._ranker.rank(
            candidates.keys(),
            evidence(self._ranker.tree, candidates, tables, exposures),
            exposures.base,
            adjust(ranking, history, candidates, now_ms),
            seed_of(name, now_ms),
        )
        best = ranked.order[:size]
        return Page(best, ranked.combined.rate[best])

    def _batch(self, events: Sequence[Record]) -> Batch:
        first, self._records = self._records, self._records + len(events)
        offsets = range(first, self._records)
        values = [json.dumps(event).encode() for event in events]
        return of_records(Records.of(0, offsets, [event["time"] for event in events], values), first, self._records)
