"""The stream that is measured: a deal marketplace, every block of it a function of kind, seed and number alone."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

BLOCK = 4000
"""Events in a block."""
USERS, DEALS, CITIES, AREAS_OF_A_CITY = 200_000, 20_000, 50, 10
CATEGORIES = 40
GENDERS, GENDER_SHARES = ("f", "m", "x"), (0.5, 0.45, 0.05)
TYPES = ("impression", "click", "purchase")
INTERESTS = ("food", "beauty", "fitness", "travel", "culture", "kids", "home", "tech")
ACTIVITIES = ("new", "casual", "regular", "heavy")
PLATFORMS = ("ios", "android", "web", "mail")
START_MS = 1_746_093_600_000  # 2025-05-01T10:00:00Z
EVENTS_PER_MS = 100

_Numbers = npt.NDArray[np.int64]


class Kind(StrEnum):
    """How well events combine, which decides what counting costs."""

    MARKET = "market"  # few deals get most of it, and a deal is seen from ten areas
    WORST = "worst"  # flatter, and a deal is seen from everywhere


@dataclass(frozen=True)
class Block:
    """Lines in the order in which they are sent, and the number of each one's user, which is its key."""

    users: _Numbers
    lines: list[bytes]


class Market:
    """Users and deals as pieces of JSON, made once; `block` draws from them."""

    def __init__(self, kind: Kind, seed: int, deals: int = DEALS) -> None:
        rng = np.random.default_rng([seed])
        self._kind, self._seed = kind, seed
        self._deals = _power_law(deals, 1.1 if kind is Kind.MARKET else 0.9)
        self._users = _power_law(USERS, 0.6)
        self._cities = rng.integers(CITIES, size=deals)
        self._user_fields = _user_fields(rng)
        self._deal_fields = _deal_fields(rng, self._cities)

    def block(self, number: int) -> Block:
        """Return block ``number``."""
        rng = np.random.default_rng([self._seed, number])
        sessions = rng.integers(5, 21, BLOCK // 5)
        users = np.repeat(np.searchsorted(self._users, rng.random(len(sessions))), sessions)[:BLOCK]
        deals = np.searchsorted(self._deals, rng.random(BLOCK))
        types = rng.choice(3, BLOCK, p=(0.85, 0.11, 0.04))
        cities = self._cities[deals] if self._kind is Kind.MARKET else rng.integers(CITIES, size=BLOCK)
        areas = cities * AREAS_OF_A_CITY + rng.integers(AREAS_OF_A_CITY, size=BLOCK)
        distances = rng.exponential(3.0, BLOCK)
        first = number * BLOCK
        users_of, deals_of = self._user_fields, self._deal_fields
        lines = [
            b'{"id":"%016x","time":%d,"type":"%b",%b,%b,"area":"area-%03d","km":%.1f}'
            % (
                (first + index) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF,
                START_MS + (first + index) // EVENTS_PER_MS,
                TYPES[type_].encode(),
                users_of[user],
                deals_of[deal],
                area,
                distance,
            )
            for index, (user, deal, type_, area, distance) in enumerate(
                zip(users.tolist(), deals.tolist(), types.tolist(), areas.tolist(), distances.tolist(), strict=True)
            )
        ]
        return Block(users, lines)


def _power_law(count: int, exponent: float) -> npt.NDArray[np.float64]:
    """Return the running sum of the shares of ``count`` ranks."""
    shares = np.cumsum(np.arange(1, count + 1) ** -exponent)
    return np.asarray(shares / shares[-1])


def _user_fields(rng: np.random.Generator) -> list[bytes]:
    """Return what the events of each user say of the user."""
    genders = rng.choice(GENDERS, USERS, p=GENDER_SHARES).tolist()
    ages = rng.integers(16, 80, USERS).tolist()
    words = [rng.choice(names, USERS).tolist() for names in (PLATFORMS, INTERESTS, ACTIVITIES)]
    return [
        f'"user":"user-{user:07}","gender":"{gender}","age":{age}'
        f',"platform":"{platform}","interest":"{interest}","activity":"{activity}"'.encode()
        for user, (gender, age, platform, interest, activity) in enumerate(zip(genders, ages, *words, strict=True))
    ]


def _deal_fields(rng: np.random.Generator, cities: _Numbers) -> list[bytes]:
    """Return what the events of each deal say of the deal."""
    deals = len(cities)
    prices, categories = rng.lognormal(3.2, 0.8, deals).tolist(), rng.integers(CATEGORIES, size=deals).tolist()
    return [
        f'"deal":"deal-{deal:06}","category":"category-{category:02}","city":"city-{city:02}","price":{price:.2f}'.encode()
        for deal, (city, category, price) in enumerate(zip(cities.tolist(), categories, prices, strict=True))
    ]
