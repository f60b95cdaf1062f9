"""A catalogue as candidates: what hangs on the deals alone is worked out once, the rest for each visitor."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.offers import coded
from dealstream.domain.relevance import Relevance


class Offers:
    """Deals by their names, and the event fields of each."""

    def __init__(
        self, relevance: Relevance, deals: Sequence[str], fields: Sequence[Mapping[str, Any]], codes_of: CodesOf
    ) -> None:
        self._relevance = relevance
        self._codes_of = codes_of
        self._size = len(deals)
        known = dict.fromkeys(name for record in fields for name in record)
        self._columns = {name: [record.get(name) for record in fields] for name in known}
        self._columns[relevance.event.deal] = list(deals)
        self._own = self._coded(
            [name for name, each in relevance.dimensions.items() if set(each.fields) <= set(self._columns)],
            self._columns,
        )

    def to(self, visitor: Mapping[str, Any]) -> Candidates:
        """Return every deal as the impression it would be to a visitor with these event fields."""
        own_codes, own_labels = self._own
        rest = [name for name in self._relevance.dimensions if name not in own_codes]
        said = {name: [visitor.get(name)] * self._size for each in rest for name in self._fields(each)}
        codes, labels = self._coded(rest, {**said, **self._columns})
        codes, labels = {**own_codes, **codes}, {**own_labels, **labels}
        return Candidates.coded(self._relevance, codes, labels, self._codes_of)

    def _fields(self, dimension: str) -> Sequence[str]:
        return self._relevance.dimensions[dimension].fields

    def _coded(
        self, names: Sequence[str], columns: Mapping[str, Sequence[Any]]
    ) -> tuple[dict[str, npt.NDArray[np.int32]], dict[str, Sequence[str]]]:
        """Return the codes of dimensions, and their labels."""
        codes: dict[str, npt.NDArray[np.int32]] = {}
        labels: dict[str, Sequence[str]] = {}
        for name in names:
            codes[name], labels[name] = coded(self._relevance.dimensions[name], columns)
        return codes, labels
