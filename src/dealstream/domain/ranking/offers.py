"""Deals as the impressions they would be: what is known of each, and what user and place are for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.domain.attributes import Attributes
from dealstream.domain.cuboid import Layout
from dealstream.domain.dimension import Closed, text
from dealstream.domain.fanout import CodesOf
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.relevance import DEAL, Relevance


class Offers:
    """Makes candidates of deals, with the dimensions that ranking needs."""

    def __init__(self, relevance: Relevance) -> None:
        ranking = relevance.ranking
        cuboids = dict.fromkeys(cuboid for chain in ranking.chains for cuboid in chain.cuboids)
        self._relevance = replace(relevance, layout=Layout(tuple(cuboids)))
        names = dict.fromkeys((DEAL, *ranking.dimensions, *ranking.affinity.dimensions))
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
        columns = self._columns(known, user)
        codes: dict[str, npt.NDArray[np.int32]] = {}
        labels: dict[str, Sequence[str]] = {}
        for name, dimension in self._dimensions.items():
            if isinstance(dimension, Closed):
                codes[name], labels[name] = dimension.codes(columns), dimension.labels
            else:
                codes[name], labels[name] = _interned(columns[dimension.field])
        return Candidates.coded(self._relevance, codes, labels, codes_of)

    def _columns(self, known: Mapping[str, Attributes], user: Attributes) -> dict[str, Sequence[Any]]:
        columns: dict[str, Sequence[Any]] = {}
        for field in {field for dimension in self._dimensions.values() for field in dimension.fields}:
            if field in user:
                columns[field] = [user[field]] * len(known)
            else:
                columns[field] = [attributes.get(field) for attributes in known.values()]
        columns[self._relevance.event.deal] = list(known)
        return columns


def _interned(column: Sequence[Any]) -> tuple[npt.NDArray[np.int32], list[str]]:
    """Return a number for each value, and the label of each number."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(text(value), len(numbers)) for value in column]
    return np.array(codes, np.int32), list(numbers)
