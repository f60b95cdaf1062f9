"""A made-up shop of which the truth is known: an impression converts by chance of its deal and audience."""

from collections.abc import Iterator

import numpy as np

from tests.support.events import event

MINUTE_MS = 60_000
# of being bought, by deal, for women; for men it is that of the deal's opposite
CHANCES = {"d1": 0.3, "d2": 0.2, "d3": 0.05, "d4": 0.02}
_OF_MEN = dict(zip(CHANCES, reversed(CHANCES.values()), strict=True))


def chance(deal: str, gender: str) -> float:
    """Return how likely an impression is to convert."""
    return CHANCES[deal] if gender == "f" else _OF_MEN[deal]


def visits(count: int, seed: int) -> Iterator[bytes]:
    """Yield impressions a minute apart, each of a user of its own, and purchases half a minute after them."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        deal, gender = str(rng.choice(list(CHANCES))), str(rng.choice(["f", "m"]))
        fields = {"user": f"u{number}", "deal": deal, "gender": gender, "city": "Bonn", "price": 5}
        at = number * MINUTE_MS
        yield event(f"s{number}", time=at, type="shown", **fields)
        if rng.random() < chance(deal, gender):
            yield event(f"b{number}", time=at + MINUTE_MS // 2, type="bought", **fields)
