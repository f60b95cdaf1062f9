"""Candidates among hundreds of thousands of deals: a few hundred that a filter lets through, the best first.

A share of them is kept for unproven deals, of which too little is known to be among the best; how these are scored
decides which have their turn.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dealstream.domain.attributes import Attributes
from dealstream.domain.ranking.boards import Boards, Standing
from dealstream.domain.ranking.catalogue import Catalogue, Filter, Numbers
from dealstream.domain.ranking.growing import Growing

# how many deals of a list are looked at first; then twice as many, and so on
_FIRST_LOOK = 1024


class Index:
    """A catalogue and its leaderboards. Deals that are put are found at once, and ranked by the next ones."""

    def __init__(self, catalogue: Catalogue, share: float) -> None:
        """Keep ``share`` of the candidates for unproven deals."""
        self.catalogue = catalogue
        self._share = share
        # the deals that were put after the leaderboards were made, and the time of each, counted in puts
        self._changed: dict[int, int] = {}
        self._is_changed = Growing(np.zeros(0, np.bool_))
        self._puts = 0
        self._boards = self.made(Standing(np.zeros(0), np.zeros(0, np.bool_)))

    def put(self, deals: Mapping[str, Attributes]) -> None:
        """Take in deals, new or changed; raises ValueError as `Catalogue.put` does."""
        numbers = self.catalogue.put(deals)
        self._puts += 1
        self._is_changed.put(numbers, np.ones(len(numbers), np.bool_))
        self._changed |= dict.fromkeys(numbers.tolist(), self._puts)

    def remove(self, deal: str) -> None:
        """Forget a deal, if it is there."""
        self.catalogue.remove(deal)

    def made(self, standing: Standing) -> Boards:
        """Return new leaderboards; that takes a while. Other threads may put deals meanwhile."""
        return Boards(self.catalogue, standing, self._puts)

    def adopt(self, boards: Boards) -> None:
        """Use these leaderboards from now on."""
        settled = [number for number, put in self._changed.items() if put <= boards.puts and number < len(boards.rank)]
        for number in settled:
            del self._changed[number]
        self._is_changed.put(np.array(settled, np.int64), np.zeros(len(settled), np.bool_))
        self._boards = boards

    def candidates(self, wanted: Filter, limit: int) -> list[str]:
        """Return up to ``limit`` deals that a filter lets through: the proven ones first, each kind the best first.

        All of them if there are not more; else so many unproven ones as their share is, or as there are.

        Raises:
            KeyError: the filter names what is no column, or is near something and deals have no place.

        """
        if wanted.near is not None and self.catalogue.coordinates is None:
            raise KeyError("near")
        boards = self._boards
        ranks = boards.shortest(wanted)
        bound = int(np.searchsorted(ranks, boards.proven))
        changed = self._changed_matches(wanted)
        proven = self._first(wanted, limit, ranks[:bound], changed[changed[:, 0] < boards.proven])
        reserved = max(round(limit * self._share), limit - len(proven))
        unproven = self._first(wanted, reserved, ranks[bound:], changed[changed[:, 0] >= boards.proven])
        chosen = [*proven[: limit - len(unproven)].tolist(), *unproven.tolist()]
        return [self.catalogue.deals[number] for number in chosen]

    def _changed_matches(self, wanted: Filter) -> Numbers:
        """Return rank and number of each deal that was changed since the leaderboards were made, and is wanted."""
        numbers = np.array([*self._changed], np.int64)
        numbers = numbers[self.catalogue.matches(wanted, numbers)]
        size = len(self._boards.rank)
        ranks = np.where(numbers < size, self._boards.rank[np.minimum(numbers, size - 1)] if size else 0, numbers)
        return np.stack([ranks, numbers], axis=1)

    def _first(self, wanted: Filter, number: int, ranks: npt.NDArray[np.int32], changed: Numbers) -> Numbers:
        """Return the first ``number`` wanted deals of a list, and of those that were changed, by rank."""
        parts = [changed]
        found, start, step = 0, 0, _FIRST_LOOK
        while start < len(ranks) and found < number:
            some = ranks[start : start + step].astype(np.int64)
            numbers = self._boards.order[some]
            good = self.catalogue.matches(wanted, numbers) & ~self._is_changed.values[numbers]
            parts.append(np.stack([some[good], numbers[good]], axis=1))
            found, start, step = found + int(good.sum()), start + step, step * 2
        every = np.concatenate(parts)
        if len(changed):
            every = every[np.argsort(every[:, 0], kind="stable")]
        return every[:number, 1]
