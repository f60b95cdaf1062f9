"""What impressions are taken to be worth: fitted beside the requests, which use the last that were fitted."""

from collections.abc import Callable

from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.fitting import fit
from dealstream.domain.ranking.tree import Tree
from dealstream.domain.relevance import Relevance
from dealstream.service.stores import Stores
from dealstream.stores.counters import every_owner


class FittedExposures:
    """The exposures, with the base rate; all impressions are worth the same where none are configured."""

    def __init__(self, relevance: Relevance, stores: Stores, base: Callable[[], float]) -> None:
        self._relevance = relevance
        self._stores = stores
        self._base = base
        self._tree = Tree.of(relevance.ranking.chains)
        self._fitted: Exposures | None = None

    def __call__(self) -> Exposures:
        """Return those that were fitted last."""
        return self._fitted or Exposures(self._base())

    def fit(self) -> None:
        """Fit them anew, to what is counted now.

        Raises:
            StoreUnavailableError: the counts can't be read; what was fitted stays.

        """
        if self._relevance.ranking.exposure is not None:
            self._fitted = fit(self._relevance.ranking, self._tree, self._table, self._base())

    def _table(self, dimension: str) -> Table:
        owners = every_owner(self._stores.counters, self._relevance.dimensions, dimension)
        return self._stores.counts.tables({dimension: owners})[dimension]
