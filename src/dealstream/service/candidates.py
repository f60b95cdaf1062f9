"""Candidates by what is known of deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np

from dealstream.domain.attributes import Attributes
from dealstream.domain.dimension import Distance, haversine_km, text
from dealstream.domain.relevance import Relevance
from dealstream.stores.catalogue import Catalogue


@dataclass(frozen=True)
class Near:
    """Within so many kilometres of a place, in degrees."""

    lat: float
    lon: float
    km: float


@dataclass(frozen=True)
class Filter:
    """Deals whose attributes are these, and that are near."""

    equal: Mapping[str, Any]
    near: Near | None


class Index(Protocol):
    """Finds deals."""

    def candidates(self, wanted: Filter, limit: int) -> list[str]:
        """Return up to ``limit`` deals that pass a filter."""


class CatalogueScan:
    """Finds deals by walking the catalogue, which takes as long as that is large."""

    def __init__(self, relevance: Relevance, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        distances = (each for each in relevance.dimensions.values() if isinstance(each, Distance))
        self._place = next((each.destination for each in distances), ("lat", "lon"))

    def candidates(self, wanted: Filter, limit: int) -> list[str]:
        """Return up to ``limit`` deals that pass a filter."""
        passed = (deal for deal, attributes in self._catalogue.walk() if self._passes(attributes, wanted))
        return list(islice(passed, limit))

    def _passes(self, attributes: Attributes, wanted: Filter) -> bool:
        if any(text(attributes.get(name)) != text(value) for name, value in wanted.equal.items()):
            return False
        return wanted.near is None or self._is_near(attributes, wanted.near)

    def _is_near(self, attributes: Attributes, near: Near) -> bool:
        lat, lon = (attributes.get(field) for field in self._place)
        if lat is None or lon is None:
            return False
        degrees = (np.array([value], np.float64) for value in (lat, lon, near.lat, near.lon))
        return bool(haversine_km(*map(np.radians, degrees))[0] <= near.km)
