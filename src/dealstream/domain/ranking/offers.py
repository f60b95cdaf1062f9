"""Deals as the impressions they would be: what is known of each, and what user and place are for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.domain.attributes import Attributes
from dealstream.domain.dimension import Closed, Dimension
from dealstream.domain.fanout import CodesOf
from dealstream.domain.interner import Interner
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.relevance import DEAL, Relevance


class Offers:
    """Makes candidates of deals, with the dimensions that ranking needs."""

    def __init__(self, relevance: Relevance) -> None:
        ranking = relevance.ranking
        self._relevance = relevance
        names = {*ranking.dimensions, *ranking.affinity.dimensions} - {DEAL}
        self._dimensions = {name: relevance.dimensions[name] for name in names}

    def candidates(
        self,
        known: Mapping[str, Attributes],
        user: Attributes,
        codes_of: CodesOf,
    ) -> Candidates:
        """Return the deals of ``known``, each with what is known of it, as candidates.

        ``user`` is what holds for all deals, and goes before what is known of them. All attributes must be fitting.
        """
        codes: dict[str, npt.NDArray[np.int32]] = {DEAL: np.arange(len(known), dtype=np.int32)}
        labels: dict[str, Sequence[str]] = {DEAL: list(known)}
        for name, dimension in self._dimensions.items():
            columns = {field: self._column(field, known, user) for field in dimension.fields}
            found, labels[name] = coded(dimension, columns)
            # of what the user is in, one code for all
            codes[name] = found if len(found) == len(known) else np.repeat(found, len(known))
        return Candidates.coded(self._relevance, codes, labels, codes_of)

    def _column(self, field: str, known: Mapping[str, Attributes], user: Attributes) -> Sequence[Any]:
        """Return a value for each deal, or one that holds for all."""
        if field == self._relevance.event.deal:
            return list(known)
        if field in user:
            return [user[field]]
        return [attributes.get(field) for attributes in known.values()]


def coded(dimension: Dimension, columns: Mapping[str, Sequence[Any]]) -> tuple[npt.NDArray[np.int32], Sequence[str]]:
    """Return the codes of JSON values in a dimension, and the label of each code."""
    if isinstance(dimension, Closed):
        return dimension.codes(columns), dimension.labels
    interner = Interner()
    return interner.numbers(columns[dimension.field]), interner.labels
