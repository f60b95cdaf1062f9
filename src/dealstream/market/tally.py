"""What came of each kind of page, and which deals a shop without dealstream would put first."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dealstream.market.world import Floats, Ints


class Kind(StrEnum):
    """Who chose the deals of a page."""

    RANKED = "ranked"  # dealstream
    BEST_SELLERS = "best-sellers"  # the same page for everybody
    ORACLE = "oracle"  # who knows the truth


class BestSellers(StrEnum):
    """What makes a best-seller."""

    COUNT = "count"  # most bought so far
    RATE = "rate"  # most bought per impression, smoothed


@dataclass
class Tally:
    """Sums over impressions: how many, how many bought, and how many were to be expected by the truth."""

    impressions: int = 0
    conversions: int = 0
    truth: float = 0.0

    def add(self, bought: int, rates: Floats) -> None:
        """Count the impressions of these true rates, of which so many were ``bought``."""
        self.impressions += rates.size
        self.conversions += bought
        self.truth += float(rates.sum())

    @property
    def rate(self) -> float:
        """Conversions per impression; 0 without any."""
        return self.conversions / max(self.impressions, 1)

    @property
    def true_rate(self) -> float:
        """What the rate would be without chance: the mean of the true rates."""
        return self.truth / max(self.impressions, 1)

    @property
    def error(self) -> float:
        """The standard error of ``rate``."""
        return float(np.sqrt(self.rate * (1 - self.rate) / max(self.impressions, 1)))


class Sold:
    """How often each deal was shown and bought, over all visitors, with what the truth expected."""

    def __init__(self, deals: int) -> None:
        self.impressions = np.zeros(deals)
        self.conversions = np.zeros(deals)
        self.truth = np.zeros(deals)

    def add(self, shown: Ints, bought: Ints, rates: Floats) -> None:
        """Count impressions of these deals, with their true rates, and purchases."""
        np.add.at(self.impressions, shown, 1)
        np.add.at(self.truth, shown, rates)
        np.add.at(self.conversions, bought, 1)

    def best(self, by: BestSellers, size: int) -> Ints:
        """Return the best-sellers; those that are alike in the order of their numbers."""
        if by is BestSellers.COUNT:
            score = self.conversions
        else:
            overall = (self.conversions.sum() + 1) / (self.impressions.sum() + 20)
            # as if each deal had been shown 50 times at the overall rate
            score = (self.conversions + 50 * overall) / (self.impressions + 50)
        return np.argsort(-score, kind="stable")[:size]
