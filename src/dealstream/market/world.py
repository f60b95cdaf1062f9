"""Who visits the market and what is on offer there, as columns: the same for the same seed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GENDERS, GENDER_SHARES = ("f", "m", "x"), (0.5, 0.46, 0.04)
AGE_BANDS = ("<25", "25-35", "35-50", "50-65", ">=65")
PLATFORMS, PLATFORM_SHARES = ("ios", "android", "web"), (0.35, 0.4, 0.25)
CATEGORIES = (
    "pizza", "sushi", "brunch", "spa", "yoga", "gym", "concert", "museum", "kids", "garden", "electronics", "travel",
)  # fmt: skip
# a city of 5 x 5 areas, each so many kilometres wide
AREAS_A_SIDE = 5
AREA_KM = 2.5
CENTRE = (52.52, 13.40)
KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Users:
    """One entry a user in each array.

    ``gender``, ``band`` and ``platform`` are positions in the lists above; ``area`` is a number; ``east`` and
    ``north`` are kilometres from the centre; ``activity`` is each one's share of all visits.
    """

    gender: Ints
    age: Ints
    band: Ints
    platform: Ints
    area: Ints
    east: Floats
    north: Floats
    activity: Floats

    def __len__(self) -> int:
        return len(self.gender)


@dataclass(frozen=True)
class Deals:
    """One entry a deal in each array; ``category`` is a position in the list above."""

    category: Ints
    price: Floats
    area: Ints
    east: Floats
    north: Floats

    def __len__(self) -> int:
        return len(self.category)


@dataclass(frozen=True)
class World:
    """Everybody and everything."""

    users: Users
    deals: Deals

    def distances(self) -> Floats:
        """Return how far each user (row) has to go for each deal (column), in kilometres."""
        users, deals = self.users, self.deals
        return np.hypot(np.subtract.outer(users.east, deals.east), np.subtract.outer(users.north, deals.north))


def make(seed: int, users: int, deals: int) -> World:
    """Make a world of so many users and deals."""
    rng = np.random.default_rng([seed, 0])
    ages = rng.integers(16, 80, users)
    homes, shops = rng.integers(AREAS_A_SIDE**2, size=users), rng.integers(AREAS_A_SIDE**2, size=deals)
    activity = rng.gamma(2.0, size=users)
    return World(
        Users(
            gender=rng.choice(len(GENDERS), users, p=GENDER_SHARES),
            age=ages,
            band=np.searchsorted([25, 35, 50, 65], ages, side="right"),
            platform=rng.choice(len(PLATFORMS), users, p=PLATFORM_SHARES),
            area=homes,
            east=_within(rng, homes % AREAS_A_SIDE),
            north=_within(rng, homes // AREAS_A_SIDE),
            activity=activity / activity.sum(),
        ),
        Deals(
            category=rng.integers(len(CATEGORIES), size=deals),
            price=np.round(rng.lognormal(3.2, 0.7, deals), 2),
            area=shops,
            east=_within(rng, shops % AREAS_A_SIDE),
            north=_within(rng, shops // AREAS_A_SIDE),
        ),
    )


def degrees(east: float, north: float) -> tuple[float, float]:
    """Return the latitude and longitude of a place."""
    latitude = CENTRE[0] + north / KM_A_DEGREE
    return round(latitude, 5), round(CENTRE[1] + east / (KM_A_DEGREE * np.cos(np.radians(CENTRE[0]))), 5)


def _within(rng: np.random.Generator, areas: Ints) -> Floats:
    """Return a coordinate somewhere in each of these rows, or columns, of areas."""
    return (areas - AREAS_A_SIDE / 2 + rng.random(len(areas))) * AREA_KM
