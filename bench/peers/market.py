"""A made-up deal market as NDJSON, the same in every run: few deals get most of it, and users come for sessions."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

USERS = 100_000
DEALS = 20_000
CITIES = 20
AREAS_PER_CITY = 10
CATEGORIES = 40
INTERESTS = ("food", "beauty", "travel", "sport", "home", "tech", "kids", "culture")
_SKEW = 1.1
_START_MS = 1_760_000_000_000
_SESSION = (5, 21)
_CHUNK = 20_000
_TYPES = ("impression", "click", "purchase")
_SHARES = (0.80, 0.15, 0.05)

_Numbers = npt.NDArray[np.int64]


class Market:
    """Its users and deals as pieces of JSON, and draws of who looks at what."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 0])
        self._seed = seed
        self._cities = rng.integers(CITIES, size=USERS)
        self._users = [_user(rng, number, int(city)) for number, city in enumerate(self._cities)]
        self._deals = [_deal(rng, number) for number in range(DEALS)]
        # deal = rank * CITIES + city, so every city has the same skew
        weights = np.arange(1, DEALS // CITIES + 1, dtype=np.float64) ** -_SKEW
        self._up_to_rank = np.cumsum(weights) / weights.sum()

    def events(self, count: int) -> Iterator[tuple[list[str], list[bytes]]]:
        """Yield ``count`` events in pieces: their users and themselves, about 300 bytes each. Ids are unique."""
        for first in range(0, count, _CHUNK):
            yield self._piece(first, min(_CHUNK, count - first))

    def _piece(self, first: int, count: int) -> tuple[list[str], list[bytes]]:
        rng = np.random.default_rng([self._seed, 1, first])
        users = self._sessions(rng, count)
        ranks = np.searchsorted(self._up_to_rank, rng.random(count))
        deals = ranks * CITIES + self._cities[users]
        types = rng.choice(len(_TYPES), count, p=_SHARES)
        kilometres = np.round(rng.exponential(3.0, count), 2)
        lines = [
            f'{{"id":"e{number:012d}","time":{_START_MS + number * 10},"type":"{_TYPES[type_]}",'
            f'{self._users[user]},{self._deals[deal]},"km":{km},"session":"s{session:08x}","position":{number % 40}}}'.encode()
            for number, user, session, deal, type_, km in zip(
                range(first, first + count),
                users.tolist(),
                (users * 40_503 + first).tolist(),
                deals.tolist(),
                types.tolist(),
                kilometres.tolist(),
                strict=True,
            )
        ]
        return [f"u{user}" for user in users.tolist()], lines

    def _sessions(self, rng: np.random.Generator, count: int) -> _Numbers:
        """Draw who acts: some dozens of users at a time, each for a session."""
        visitors = rng.integers(USERS, size=count // _SESSION[0] + 1)
        return np.repeat(visitors, rng.integers(*_SESSION, len(visitors)))[:count]


def _user(rng: np.random.Generator, number: int, city: int) -> str:
    gender = ('"f"', '"m"', '"x"', "null")[rng.choice(4, p=(0.45, 0.40, 0.05, 0.10))]
    age = f',"age":{rng.integers(14, 80)}' if rng.random() < 0.8 else ""
    area = f"city-{city:02}/area-{rng.integers(AREAS_PER_CITY)}"
    platform = ("ios", "android", "web", "mail")[rng.choice(4, p=(0.3, 0.4, 0.2, 0.1))]
    return (
        f'"user":"u{number}","gender":{gender}{age},"city":"city-{city:02}","area":"{area}","platform":"{platform}",'
        f'"interest":"{INTERESTS[rng.integers(len(INTERESTS))]}","bought":{int(rng.exponential(6))}'
    )


def _deal(rng: np.random.Generator, number: int) -> str:
    price = round(float(rng.lognormal(3.0, 1.0)), 2)
    return f'"deal":"d{number}","category":"category-{rng.integers(CATEGORIES):02}","price":{price}'
