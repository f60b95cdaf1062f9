"""What nobody in the market knows: how likely each visitor is to buy each deal that is shown.

How much audiences differ is such that one page for everybody, even the best there is, must stay at 50 to 70 % of the
best page for each: with less, there would be little to personalise. Ranking is configured to the market, never the
market to the ranking.

The log-odds of a purchase are a sum: a base; how good the deal is; how much the category is liked at all, by the
visitor's gender, age, and both together, and by this very visitor; a price that hurts the young more; and the way,
which is too far sooner for some categories than for others. Effects are drawn from normal distributions.

A deal that a visitor has bought is hardly wanted again: `Truth.rates` is told who has bought what.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.market.world import AGE_BANDS, CATEGORIES, GENDERS, Floats, Ints, World

BASE = -3.4
# standard deviations, in log-odds
QUALITY, CATEGORY, BY_GENDER, BY_AGE, BY_BOTH, PERSONAL = 0.4, 0.3, 0.6, 0.6, 0.3, 0.3
# by how much log-odds sink with a price e times higher: of the youngest, and with each age band less
PRICE_OF_YOUNG, PRICE_STEP = 0.5, 0.08
TYPICAL_PRICE = 25.0
# by how much they sink with each kilometre: at least and at most, by category
NEAREST, FARTHEST = 0.1, 0.4
SATED = 3.0


@dataclass(frozen=True)
class Truth:
    """The log-odds of each user (row) buying each deal (column) that he does not have yet."""

    log_odds: Floats

    def rates(self, users: Ints, bought: npt.NDArray[np.bool_]) -> Floats:
        """Return the rates of these users (rows), who have ``bought`` these deals."""
        return np.asarray(1 / (1 + np.exp(SATED * bought - self.log_odds[users])))


def draw(world: World, seed: int) -> Truth:
    """Draw the truth about a world."""
    rng = np.random.default_rng([seed, 1])
    users, deals = world.users, world.deals
    kinds = len(CATEGORIES)
    # of each user for each category
    tastes = (
        rng.normal(0, CATEGORY, kinds)
        + rng.normal(0, BY_GENDER, (len(GENDERS), kinds))[users.gender]
        + rng.normal(0, BY_AGE, (len(AGE_BANDS), kinds))[users.band]
        + rng.normal(0, BY_BOTH, (len(GENDERS), len(AGE_BANDS), kinds))[users.gender, users.band]
        + rng.normal(0, PERSONAL, (len(users), kinds))
    )
    thrift = PRICE_OF_YOUNG - PRICE_STEP * users.band
    way = rng.uniform(NEAREST, FARTHEST, kinds)
    log_odds = (
        BASE
        + rng.normal(0, QUALITY, len(deals))
        + tastes[:, deals.category]
        - np.multiply.outer(thrift, np.log(deals.price / TYPICAL_PRICE))
        - way[deals.category] * world.distances()
    )
    return Truth(log_odds)
