"""Dimensions: one attribute of an event reduced to a few values, each with a code and a label.

A *code* is a small integer that goes into the bucket id; a *label* is the text an operator reads.
Code 0 is always ``unknown`` (the field is missing or null). Closed dimensions (bands, distances, listed values)
know all their codes from the configuration; an open one gets codes from a durable vocabulary as values arrive.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

UNKNOWN = "unknown"
OTHER = "other"
EARTH_RADIUS_KM = 6371.0088

Columns = Mapping[str, Sequence[object]]
Codes = npt.NDArray[np.int32]


def text(value: object) -> str:
    """Return the label of a JSON scalar: ``null`` is unknown, ``2.0`` is ``2``, ``true`` is ``true``."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def band_labels(edges: Sequence[float]) -> tuple[str, ...]:
    """Return the labels of the bands between ``edges``: edges 10, 25 give ``<10``, ``10-25`` and ``>=25``."""
    names = [text(float(edge)) for edge in edges]
    inner = [f"{low}-{high}" for low, high in pairwise(names)]
    return (f"<{names[0]}", *inner, f">={names[-1]}")


@dataclass(frozen=True)
class Open:
    """A plain field whose values are not known beforehand; ``capacity`` bounds how many get a code of their own."""

    name: str
    field: str
    capacity: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON fields it reads."""
        return (self.field,)

    @property
    def size(self) -> int:
        """How many codes it can have: unknown, ``capacity`` values, and other for what came after those."""
        return self.capacity + 2

    def clip(self, codes: Codes) -> Codes:
        """Return the codes that go into bucket ids: those beyond the capacity become the one of other."""
        return np.minimum(codes, self.capacity + 1)


@dataclass(frozen=True)
class Closed(ABC):
    """A dimension whose codes and labels are all known from the configuration."""

    @property
    @abstractmethod
    def fields(self) -> tuple[str, ...]:
        """The JSON fields it reads."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """The label of each code."""

    @abstractmethod
    def codes(self, columns: Columns) -> Codes:
        """Return one code an event; ``columns`` holds a list of JSON values for each of its fields.

        A list of one value, beside longer ones, has it for all events.
        """

    @property
    def size(self) -> int:
        """How many codes it has."""
        return len(self.labels)


class _ListedCodes(dict[object, int]):
    """The code by label; what is no text is looked up by its label each time, for 1, 1.0 and true are one key."""

    def __missing__(self, value: object) -> int:
        return self.get(text(value), self[OTHER])


@dataclass(frozen=True)
class Listed(Closed):
    """A plain field with a closed list of values; anything else is ``other``."""

    name: str
    field: str
    values: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON fields it reads."""
        return (self.field,)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each code."""
        return (UNKNOWN, *self.values, OTHER)

    def codes(self, columns: Columns) -> Codes:
        """Return the place of each value in the list."""
        column = columns[self.field]
        return np.fromiter(map(self._codes.__getitem__, column), np.int32, len(column))

    @cached_property
    def _codes(self) -> "_ListedCodes":
        codes = _ListedCodes({label: code for code, label in enumerate(self.labels)})
        codes[None] = codes[UNKNOWN]
        return codes


@dataclass(frozen=True)
class Banded(Closed):
    """A number cut into bands at ``edges``; an edge belongs to the band above it."""

    name: str
    field: str
    edges: tuple[float, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON fields it reads."""
        return (self.field,)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each code."""
        return (UNKNOWN, *band_labels(self.edges))

    def codes(self, columns: Columns) -> Codes:
        """Return the band of each number."""
        return _band(_numbers(columns[self.field]), self.edges)


@dataclass(frozen=True)
class Distance(Closed):
    """The great-circle distance in kilometres between two coordinate pairs in degrees, cut into bands."""

    name: str
    origin: tuple[str, str]
    destination: tuple[str, str]
    edges: tuple[float, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON fields it reads: latitude and longitude of both ends."""
        return (*self.origin, *self.destination)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each code."""
        return (UNKNOWN, *band_labels(self.edges))

    def codes(self, columns: Columns) -> Codes:
        """Return the band of each distance; a missing coordinate makes it unknown."""
        lat1, lon1, lat2, lon2 = (np.radians(_numbers(columns[field])) for field in self.fields)
        return _band(haversine_km(lat1, lon1, lat2, lon2), self.edges)


Dimension = Open | Closed


def haversine_km(
    lat1: npt.NDArray[np.float64],
    lon1: npt.NDArray[np.float64],
    lat2: npt.NDArray[np.float64],
    lon2: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return the great-circle distance in km; angles in radians.

    Source: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984), with the mean Earth radius.
    """
    half_chord = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half_chord, 1.0))))


def _numbers(column: Sequence[object]) -> npt.NDArray[np.float64]:
    return np.array(column, dtype=np.float64)  # None becomes NaN


def _band(values: npt.NDArray[np.float64], edges: Sequence[float]) -> Codes:
    codes = np.searchsorted(np.asarray(edges), values, side="right").astype(np.int32) + 1
    codes[np.isnan(values)] = 0
    return codes
