"""Visitors come, are shown a page, and buy or don't: a number of them at a time, so that a shop learns in between.

Who visits which kind of page hangs on the visitor, as in any experiment: each third of the visitors sees one kind only.
What the visitors of the oracle's page do is never told to the shop, for there is no oracle in a shop to learn from;
what the others do is, and ranking learns from the best-sellers' page just as the best-sellers learn from ranking.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dealstream.market.shop import Page, People, Record, Shop
from dealstream.market.tally import BestSellers, Kind, Sold
from dealstream.market.truth import Truth, draw
from dealstream.market.world import Ints, make

_KINDS = tuple(Kind)
# a visitor looks at a deal for so long before buying it
_PAUSE_MS = 1


@dataclass(frozen=True)
class Terms:
    """What makes a run: the same terms make the same visitors, of the same tastes.

    ``page`` is how many deals a visitor is shown, ``visitors`` how many come at the same time.
    """

    seed: int
    users: int = 10_000
    deals: int = 400
    page: int = 10
    visitors: int = 60
    best_sellers: BestSellers = BestSellers.RATE


@dataclass(frozen=True)
class Shown:
    """What one kind of page showed to some visitors: a row for each, a column for each place of the page.

    ``rates`` are the true rates, ``expected`` the shop's own (NaN on pages that it did not rank), ``bought`` tells what
    was bought.
    """

    kind: Kind
    users: Ints
    deals: Ints
    rates: npt.NDArray[np.float64]
    expected: npt.NDArray[np.float64]
    bought: npt.NDArray[np.bool_]


class Simulation:
    """Visits to one shop. Not even chance knows the shop: it is drawn from the seed and the number of the batch."""

    def __init__(self, terms: Terms, shop: Shop) -> None:
        self.terms = terms
        self.world = make(terms.seed, terms.users, terms.deals)
        self.truth: Truth = draw(self.world, terms.seed)
        self.people = People(self.world)
        self.sold = Sold(terms.deals)
        self._shop = shop
        self._bought = np.zeros((terms.users, terms.deals), np.bool_)
        self._batches = 0

    def open(self) -> None:
        """Tell the shop who there is and what there is."""
        self._shop.open(self.people)

    def visit(self, now_ms: int) -> list[Shown]:
        """Let the next visitors come at ``now_ms``; return what each kind of page showed them."""
        rng = np.random.default_rng([self.terms.seed, 2, self._batches])
        users = np.unique(rng.choice(self.terms.users, self.terms.visitors, p=self.world.users.activity))
        shown = [
            self._show(kind, users[users % len(_KINDS) == number], now_ms, rng) for number, kind in enumerate(_KINDS)
        ]
        for each in shown:
            self._bought[each.users[:, None], each.deals] |= each.bought
        told = [each for each in shown if each.kind is not Kind.ORACLE]
        self._shop.record([event for each in told for event in self._events(each, now_ms)])
        for each in told:
            self.sold.add(each.deals, each.deals[each.bought], each.rates)
        self._batches += 1
        return shown

    def _show(self, kind: Kind, users: Ints, now_ms: int, rng: np.random.Generator) -> Shown:
        rates = self.truth.rates(users, self._bought[users])
        pages = self._pages(kind, users, rates, now_ms)
        deals = np.array([page.deals for page in pages], np.int64).reshape(len(users), self.terms.page)
        expected = np.array([page.expected for page in pages]).reshape(deals.shape)
        own = np.take_along_axis(rates, deals, axis=1)
        return Shown(kind, users, deals, own, expected, rng.random(own.shape) < own)

    def _pages(self, kind: Kind, users: Ints, rates: npt.NDArray[np.float64], now_ms: int) -> list[Page]:
        size = self.terms.page
        nothing = np.full(size, np.nan)
        match kind:
            case Kind.RANKED:
                return self._shop.rank(users.tolist(), size, now_ms)
            case Kind.BEST_SELLERS:
                best = self.sold.best(self.terms.best_sellers, size)
                return [Page(best, nothing) for _ in users]
            case Kind.ORACLE:
                return [Page(order[:size], nothing) for order in np.argsort(-rates, axis=1)]

    def _events(self, shown: Shown, now_ms: int) -> list[Record]:
        events = []
        for row, user in enumerate(shown.users.tolist()):
            for deal, bought in zip(shown.deals[row].tolist(), shown.bought[row].tolist(), strict=True):
                name = f"{self.terms.seed}-{self._batches}-{user}-{deal}"
                events.append(self.people.event("impression", user, deal, now_ms, name))
                if bought:
                    events.append(self.people.event("purchase", user, deal, now_ms + _PAUSE_MS, f"{name}-p"))
        return events
