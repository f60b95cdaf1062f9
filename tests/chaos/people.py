"""Who visits the marketplace and what is on offer: made once from the seed, as pieces of JSON."""

import numpy as np
import numpy.typing as npt

USERS = 20_000
DEALS = 3_000
CATEGORIES = 40
AREAS = 300
_LONGEST_VISIT = 8

_Numbers = npt.NDArray[np.int64]


class Marketplace:
    """Its users and deals; `user_fields` and `deal_fields` are what an event says of each."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed])
        self.user_fields = [_user(rng, number) for number in range(USERS)]
        self.deal_fields = [_deal(rng, number) for number in range(DEALS)]

    def users(self, rng: np.random.Generator, count: int) -> _Numbers:
        """Draw who acts, each for a few events in a row."""
        visitors = rng.integers(USERS, size=count)
        return np.repeat(visitors, rng.integers(1, _LONGEST_VISIT + 1, count))[:count]

    def deals(self, rng: np.random.Generator, count: int) -> _Numbers:
        """Draw what they look at: few deals get most of it."""
        return np.asarray(DEALS * rng.random(count) ** 4, np.int64)


def _user(rng: np.random.Generator, number: int) -> str:
    gender = ('"f"', '"m"', '"x"', "null")[rng.choice(4, p=(0.4, 0.4, 0.05, 0.15))]
    platform = ("ios", "android", "web", "tv")[rng.choice(4, p=(0.3, 0.4, 0.25, 0.05))]
    age = f',"age":{rng.integers(14, 90)}' if rng.random() < 0.8 else ""
    area = f'"{int(AREAS * rng.random() ** 2):03}-Straße"' if rng.random() < 0.95 else "null"
    return f',"user":"u{number}","gender":{gender},"area":{area},"platform":"{platform}"{age}'


def _deal(rng: np.random.Generator, number: int) -> str:
    price = round(float(rng.lognormal(2.5, 1.0)), 2)
    return f',"deal":"d{number}","category":"c{rng.integers(CATEGORIES)}","price":{price}'
