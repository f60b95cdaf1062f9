"""What a run found: how each kind of page converts once there was enough to learn from, and on the way there."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from dealstream.market.simulation import Shown, Simulation
from dealstream.market.tally import Kind, Tally

# impressions between two points of the course
STEP = 10_000
# how many deals are told of
_DEALS = 60


def _tallies() -> dict[Kind, Tally]:
    return {kind: Tally() for kind in Kind}


@dataclass
class Point:
    """A piece of a run that ends at so many ``impressions``.

    ``off`` sums how far, as a factor, the rates that the shop expected of what it showed were from the true ones.
    """

    pages: dict[Kind, Tally] = field(default_factory=_tallies)
    impressions: int = 0
    off: float = 0.0

    def add(self, shown: Shown) -> None:
        """Take in what a kind of page showed."""
        self.pages[shown.kind].add(int(shown.bought.sum()), shown.rates)
        if shown.kind is Kind.RANKED:
            self.off += float(np.abs(np.log(shown.expected / shown.rates)).sum())

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        ranked = max(self.pages[Kind.RANKED].impressions, 1)
        rates = {kind.value: tally.rate for kind, tally in self.pages.items()}
        return {"impressions": self.impressions, "off": float(np.exp(self.off / ranked)) - 1, **rates}


class Report:
    """Takes in a run: what comes after ``learned`` impressions, of all pages together, is measured."""

    def __init__(self, learned: int) -> None:
        self.learned = learned
        self.impressions = 0
        self.measured = _tallies()
        self._course: list[Point] = []
        self._now = Point()

    def add(self, shown: Sequence[Shown]) -> None:
        """Take in the visits of one moment."""
        after = self.impressions >= self.learned
        for each in shown:
            self._now.add(each)
            if after:
                self.measured[each.kind].add(int(each.bought.sum()), each.rates)
            self.impressions += each.deals.size
        if self.impressions // STEP > self._now.impressions // STEP:
            self._now.impressions = self.impressions
            self._course.append(self._now)
            self._now = Point(impressions=self.impressions)

    def ratio(self, other: Kind) -> float:
        """Return how much better the ranked page converts than another; 0 as long as nothing is measured."""
        against = self.measured[other].rate
        return self.measured[Kind.RANKED].rate / against if against else 0.0

    def true_ratio(self, other: Kind) -> float:
        """Return the same without chance, of the true rates of what was shown."""
        against = self.measured[other].true_rate
        return self.measured[Kind.RANKED].true_rate / against if against else 0.0

    def document(self, simulation: Simulation, impressions: int) -> dict[str, Any]:
        """Return it as JSON has it, of a run that goes on to ``impressions``, with the truth about the deals."""
        sold = simulation.sold
        most = np.argsort(-sold.impressions, kind="stable")[:_DEALS].tolist()
        return {
            "seed": simulation.terms.seed,
            "impressions": self.impressions,
            "of": impressions,
            "learned": self.learned,
            "pages": {
                kind.value: {**asdict(tally), "rate": tally.rate, "true_rate": tally.true_rate, "error": tally.error}
                for kind, tally in self.measured.items()
            },
            "ratios": {kind.value: self.ratio(kind) for kind in (Kind.BEST_SELLERS, Kind.ORACLE)},
            "true_ratios": {kind.value: self.true_ratio(kind) for kind in (Kind.BEST_SELLERS, Kind.ORACLE)},
            "course": [point.document() for point in self._course],
            "deals": [
                {
                    "deal": simulation.people.deals[deal],
                    "category": simulation.people.catalogue[deal]["category"],
                    "impressions": int(sold.impressions[deal]),
                    "conversions": int(sold.conversions[deal]),
                    "truth": float(sold.truth[deal] / sold.impressions[deal]),
                }
                for deal in most
                if sold.impressions[deal]
            ],
        }
