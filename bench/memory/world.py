"""Who visits a marketplace of local deals and what is on offer there, as columns: the same for the same seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

CITIES = 40
CATEGORIES = 48
# areas of the largest city, and of the smallest
MOST_AREAS, FEWEST_AREAS = 40, 5
KM_A_DEGREE = 111.2

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[Any]


@dataclass(frozen=True)
class Users:
    """One entry a user in each array; the first are the most active."""

    city: Ints
    area: Ints
    gender: Texts
    age: Ints
    interest: Texts
    platform: Texts
    visits: Ints
    latitude: Floats
    longitude: Floats


@dataclass(frozen=True)
class Deals:
    """One entry a deal in each array, city after city; the first of a city are its most popular.

    ``first`` and ``number`` tell, by city, where its deals begin and how many they are.
    """

    first: Ints
    number: Ints
    category: Texts
    price: Floats
    latitude: Floats
    longitude: Floats


@dataclass(frozen=True)
class World:
    """Everybody and everything; ``areas`` and ``categories`` are all labels of these, the most frequent first."""

    users: Users
    deals: Deals
    areas: list[str]
    categories: list[str]


def make(seed: int, users: int, deals: int) -> World:
    """Draw a world.

    Raises:
        ValueError: there is no user, or a city without a deal.

    """
    if users < 1 or deals < CITIES:
        raise ValueError(f"a market needs a user, and a deal for each of its {CITIES} cities")
    rng = np.random.default_rng([seed])
    share = power_law(CITIES)
    latitude, longitude = rng.uniform(47.5, 54.5, CITIES), rng.uniform(7, 14, CITIES)
    areas = np.round(np.geomspace(MOST_AREAS, FEWEST_AREAS, CITIES)).astype(np.int64)
    city = rng.choice(CITIES, users, p=share)
    home = np.cumsum(areas)[city] - areas[city] + (areas[city] * rng.random(users) ** 1.5).astype(np.int64)
    centre = np.random.default_rng([seed, 1]).normal(0, 5, (2, int(areas.sum()))) / KM_A_DEGREE
    names = np.array([f"category-{number:02}" for number in range(CATEGORIES)])
    return World(
        Users(
            city=city,
            area=home,
            gender=rng.choice(['"f"', '"m"', '"x"', "null"], users, p=[0.46, 0.38, 0.03, 0.13]),
            age=np.clip(rng.normal(36, 13, users), 14, 90).astype(np.int64),
            interest=rng.choice(
                ["food", "beauty", "sports", "travel", "culture", "home", "kids"], users, p=power_law(7)
            ),
            platform=rng.choice(["ios", "android", "web"], users, p=[0.35, 0.45, 0.2]),
            visits=rng.geometric(0.12, users),
            latitude=latitude[city] + centre[0, home] + rng.normal(0, 1, users) / KM_A_DEGREE,
            longitude=longitude[city] + centre[1, home] + rng.normal(0, 1, users) / KM_A_DEGREE,
        ),
        _deals(rng, deals, share, names, latitude, longitude),
        [f"city-{number:02}/{part:02}" for number in range(CITIES) for part in range(areas[number])],
        names.tolist(),
    )


def power_law(count: int, exponent: float = 1.0) -> Floats:
    """Return the probabilities of ranks 0 to ``count`` - 1."""
    weights = np.arange(1, count + 1) ** -exponent
    return np.asarray(weights / weights.sum())


def _deals(
    rng: np.random.Generator, count: int, share: Floats, names: Texts, latitude: Floats, longitude: Floats
) -> Deals:
    number = 1 + rng.multinomial(count - CITIES, share)
    city = np.repeat(np.arange(CITIES), number)
    return Deals(
        first=np.cumsum(number) - number,
        number=number,
        category=rng.choice(names, count, p=power_law(CATEGORIES)),
        price=np.round(rng.lognormal(3, 0.9, count), 2),
        latitude=latitude[city] + rng.normal(0, 5, count) / KM_A_DEGREE,
        longitude=longitude[city] + rng.normal(0, 5, count) / KM_A_DEGREE,
    )
