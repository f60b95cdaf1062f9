"""All deals as columns: what a filter asks about, and what the deal's own dimensions are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.domain.attributes import Attributes
from dealstream.domain.dimension import EARTH_RADIUS_KM, UNKNOWN, Banded, Dimension, Distance
from dealstream.domain.interner import Interner
from dealstream.domain.ranking.growing import Growing
from dealstream.domain.relevance import DEAL

Numbers = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_NOWHERE = np.full(3, np.nan)


@dataclass(frozen=True)
class Near:
    """Within ``km`` kilometres of a place, in degrees."""

    lat: float
    lon: float
    km: float


@dataclass(frozen=True)
class Filter:
    """Which deals are wanted: labels by column, and near what. A label that no deal has matches none."""

    labels: Mapping[str, str]
    near: Near | None = None


class Column:
    """What each deal is in one respect: the text of a plain field, or the band of a number."""

    def __init__(self, field: str, bands: Banded | None = None) -> None:
        self.field = field
        self.codes = Growing(np.zeros(0, np.int32))
        self._bands = bands
        self._interner = Interner(bands.labels if bands else [UNKNOWN])

    @property
    def labels(self) -> Sequence[str]:
        """The label of each code."""
        return self._interner.labels

    def code(self, label: str) -> int:
        """Return the code of a label; -1 if it never was any deal's."""
        return self._interner.get(label, -1)

    def read(self, values: Sequence[object]) -> _Codes:
        """Return the codes of JSON values; raises ValueError if there are bands and one is no number."""
        if self._bands is not None:
            return self._bands.codes({self.field: values})
        return self._interner.numbers(values)


class Catalogue:
    """Deals by number, from 0; a deal keeps its number, even when it is gone."""

    def __init__(self, dimensions: Mapping[str, Dimension], fields: Iterable[str] = ()) -> None:
        """Have a column for each field of plain ``dimensions`` and each band, and for more ``fields``.

        Deals are where the destination of the first distance is.
        """
        every = [each for name, each in dimensions.items() if name != DEAL]
        plain = [each.fields[0] for each in every if not isinstance(each, Banded | Distance)]
        self.columns = {name: Column(name) for name in (*plain, *fields)}
        self.columns |= {each.name: Column(each.field, each) for each in every if isinstance(each, Banded)}
        self.coordinates = next((each.destination for each in every if isinstance(each, Distance)), None)
        self.deals: list[str] = []
        self.there = Growing(np.zeros(0, np.bool_))
        self.vectors = Growing(np.zeros((0, 3)))
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.deals)

    def put(self, deals: Mapping[str, Attributes]) -> Numbers:
        """Take in deals, new or changed, with all of their attributes; return their numbers.

        Raises:
            ValueError: a number is none, and nothing was taken in.

        """
        attributes = list(deals.values())
        codes = {
            name: column.read([each.get(column.field) for each in attributes]) for name, column in self.columns.items()
        }
        vectors = self._vectors(attributes)
        numbers = np.fromiter(map(self._number, deals), np.int64, len(deals))
        for name, column in self.columns.items():
            column.codes.put(numbers, codes[name])
        self.vectors.put(numbers, vectors)
        self.there.put(numbers, np.ones(len(numbers), np.bool_))
        return numbers

    def remove(self, deal: str) -> None:
        """Forget a deal, if it is there."""
        if deal in self._numbers:
            self.there.put(np.array([self._numbers[deal]]), np.zeros(1, np.bool_))

    def matches(self, wanted: Filter, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Tell which of these deals a filter lets through; raises KeyError if it names what is no column."""
        found = self.there.values[numbers]
        for name, label in wanted.labels.items():
            found &= self.columns[name].codes.values[numbers] == self.columns[name].code(label)
        if wanted.near is not None:
            away = self.vectors.values[numbers] - vector(wanted.near.lat, wanted.near.lon)
            found &= np.einsum("ij,ij->i", away, away) <= chord(wanted.near.km) ** 2
        return found

    def _number(self, deal: str) -> int:
        number = self._numbers.get(deal)
        if number is None:
            number = self._numbers[deal] = len(self.deals)
            self.deals.append(deal)
        return number

    def _vectors(self, attributes: Sequence[Attributes]) -> npt.NDArray[np.float64]:
        if self.coordinates is None:
            return np.tile(_NOWHERE, (len(attributes), 1))
        lat, lon = (np.array([each.get(name) for each in attributes], np.float64) for name in self.coordinates)
        return vector(lat, lon)


def vector(lat: float | npt.NDArray[np.float64], lon: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return places, in degrees, as points of a sphere of radius 1; the last axis has their three coordinates."""
    north, east = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def chord(km: float) -> float:
    """Return how far apart in space two points of that sphere are whose places are ``km`` apart on the ground."""
    return float(2 * np.sin(min(km / EARTH_RADIUS_KM, np.pi) / 2))
