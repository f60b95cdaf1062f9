"""Candidates by what is known of deals: the index over the catalogue, filled and ranked beside the requests."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import islice
from threading import Lock

from dealstream.domain.attributes import AttributeFields, Attributes
from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.catalogue import Filter
from dealstream.domain.relevance import Relevance
from dealstream.service.errors import unprocessable
from dealstream.service.exposures import FittedExposures
from dealstream.service.stores import Stores
from dealstream.serving.index import CatalogueIndex
from dealstream.serving.repeated import Repeated

# what another service was told of deals is found here after so long, and what converts better comes first
READ_AGAIN_S = 300.0
RANKED_AGAIN_S = 5.0
_HOUR_MS = 3_600_000
_AT_ONCE = 10_000


class DealIndex:
    """Finds deals; those that are put are found at once, those of the catalogue when `keep_fresh` has read them.

    ``repeated`` is the work that keeps it fresh, and tells whether it is.
    """

    def __init__(
        self,
        relevance: Relevance,
        stores: Stores,
        fields: AttributeFields,
        codes_of: CodesOf,
        exposures: FittedExposures,
        now_ms: Callable[[], int],
    ) -> None:
        self._index = CatalogueIndex(relevance, stores.counts, codes_of)
        self._catalogue = stores.catalogue
        self._fields = fields
        self._exposures = exposures
        self._now_ms = now_ms
        self._filled: set[str] = set()
        self._ranking = Lock()
        self.repeated = (
            Repeated("catalogue", READ_AGAIN_S, self.read),
            Repeated("leaderboards", RANKED_AGAIN_S, self.rank),
        )

    def put(self, deals: Mapping[str, Attributes]) -> None:
        """Take in deals, new or changed."""
        fitting = {deal: self._fields.fitting(attributes) for deal, attributes in deals.items()}
        self._index.put(fitting)
        self._filled.update(name for each in fitting.values() for name, value in each.items() if value is not None)

    def filled(self) -> list[str]:
        """Return the event fields that deals have filled, sorted: they are the deal's to tell, not the visitor's."""
        return sorted(self._filled)

    def candidates(self, wanted: Filter, limit: int) -> list[str]:
        """Return up to ``limit`` deals that a filter lets through; what it can't ask about is the caller's mistake."""
        try:
            return self._index.candidates(wanted, limit)
        except KeyError as error:
            raise unprocessable(f"deals can't be found by {error.args[0]}") from None

    def read(self) -> None:
        """Take in the whole catalogue, and rank it: until then it has no order, and finding candidates takes long."""
        deals = iter(self._catalogue.walk())
        while some := dict(islice(deals, _AT_ONCE)):
            self.put(some)
        self.rank()

    def rank(self) -> None:
        """Let the deals come first that convert best now; every hour other unproven ones have their turn."""
        with self._ranking:
            self._exposures.fit()
            self._index.refresh(self._exposures(), self._now_ms() // _HOUR_MS)

    def keep_fresh(self, closing: ExitStack) -> None:
        """Read and rank again and again, until ``closing``."""
        for each in self.repeated:
            closing.enter_context(each)
