"""From a question to the order of deals: the stores are asked, the domain ranks."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import local

from dealstream.domain.attributes import AttributeFields, Attributes, completed
from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.affinity import Adjustments, adjust, nothing
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.explain import Explanation, explain
from dealstream.domain.ranking.explore import seed_of
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.history import HistoryReader
from dealstream.domain.ranking.lookup import evidence, owners
from dealstream.domain.ranking.offers import Offers
from dealstream.domain.ranking.rank import Ranked, Ranker
from dealstream.domain.relevance import DEAL, Relevance
from dealstream.service.known import Known
from dealstream.service.stores import Stores


@dataclass(frozen=True)
class Question:
    """Which deals, for whom: ``told`` is what the caller says of user and place, and goes before the profile.

    ``user`` is None for a stranger. Of the order, the first ``limit`` deals are wanted.
    """

    user: str | None
    told: Attributes
    deals: Mapping[str, Known]
    limit: int
    explain: bool


@dataclass(frozen=True)
class Place:
    """A deal on the page; ``rate`` is that of all chains, before what the user just did."""

    deal: str
    score: float
    rate: float
    explanation: Explanation | None


class DealRanker:
    """Ranks for many threads at once."""

    def __init__(
        self,
        relevance: Relevance,
        stores: Stores,
        fields: AttributeFields,
        codes_of: CodesOf,
        exposures: Callable[[], Exposures],
        now_ms: Callable[[], int],
    ) -> None:
        self._relevance = relevance
        self._stores = stores
        self._fields = fields
        self._now_ms = now_ms
        self._ranker = Ranker(relevance.ranking)
        self._offers = Offers(relevance)
        self._codes = codes_of
        self._exposures = exposures
        self._own = local()

    def rank(self, question: Question) -> list[Place]:
        """Return the first deals in order.

        Raises:
            StoreUnavailableError: HBase or Redis did not answer.

        """
        if not question.deals:
            return []
        user = completed(question.told, self._profile(question.user))
        known = {deal: found.fitting for deal, found in question.deals.items()}
        candidates = self._offers.candidates(known, user, self._codes)
        ranked = self._ranked(question.user, candidates)
        return [
            self._place(candidates, ranked, position, question.explain)
            for position in ranked.order[: question.limit].tolist()
        ]

    def _ranked(self, user: str | None, candidates: Candidates) -> Ranked:
        tree, now_ms, exposures = self._ranker.tree, self._now_ms(), self._exposures()
        tables = self._stores.counts.tables(owners(tree, candidates))
        found = evidence(tree, candidates, tables, exposures)
        adjustments = self._adjustments(user, candidates, now_ms)
        return self._ranker.rank(candidates.keys(), found, exposures.base, adjustments, seed_of(user or "", now_ms))

    def _adjustments(self, user: str | None, candidates: Candidates, now_ms: int) -> Adjustments:
        ranking = self._relevance.ranking
        events = [] if user is None else self._stores.user_events.events(user, ranking.affinity.events)
        if not events:
            return nothing(len(candidates))
        return adjust(ranking, self._history.read(events), candidates, now_ms)

    def _profile(self, user: str | None) -> Attributes:
        if user is None:
            return {}
        return self._fields.fitting(self._stores.profiles.get([user]).get(user, {}))

    def _place(self, candidates: Candidates, ranked: Ranked, position: int, explained: bool) -> Place:
        return Place(
            deal=candidates.label(DEAL, position),
            score=float(ranked.score[position]),
            rate=float(ranked.combined.rate[position]),
            explanation=explain(self._ranker, ranked, candidates, position) if explained else None,
        )

    @property
    def _history(self) -> HistoryReader:
        """The thread's own reader: it holds what it reads."""
        if not hasattr(self._own, "history"):
            self._own.history = HistoryReader(self._relevance)
        found: HistoryReader = self._own.history
        return found


def wall_clock_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
