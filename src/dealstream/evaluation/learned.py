"""Counts as the bucket counter would have them after a part of the events, and the back-off that rests on them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dealstream.domain import cube
from dealstream.domain.cuboid import Layout
from dealstream.domain.fanout import durable_codes, fan_out
from dealstream.domain.ranking.affinity import adjust, nothing
from dealstream.domain.ranking.backoff import Floats, base_rate
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.combine import expit, logit
from dealstream.domain.ranking.fitting import fit
from dealstream.domain.ranking.history import History
from dealstream.domain.ranking.lookup import all_buckets, evidence, owners
from dealstream.domain.ranking.rank import Ranker
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain
from dealstream.domain.window import Columns
from dealstream.evaluation.split import Split
from dealstream.stores.vocabulary import MemoryVocabulary

# bounds the memory taken by the lookups
_AT_ONCE = 100_000
_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Predicted:
    """The rate of each impression to predict: by back-off alone, and adjusted by what its user did before it.

    ``with_history`` is None if that changes nothing. ``base`` is the rate of what nothing is known of;
    ``repeats`` how many conversions were counted for each impression that is known to be converted.
    """

    by_backoff: Floats
    with_history: Floats | None
    base: float
    repeats: float


class Learned:
    """What was counted of the events in ``split.counted``, all of which go through the domain's own fan-out."""

    def __init__(self, relevance: Relevance, columns: Columns, split: Split) -> None:
        self._relevance, self._columns, self._split = relevance, columns, split
        self._ranker = Ranker(relevance.ranking)
        exposure = relevance.ranking.exposure
        needed = dict.fromkeys((*self._ranker.tree.cuboids, *([] if exposure is None else [exposure])))
        cuboids = (replace(each, spec=replace(each.spec, grains=(Grain.EVER,))) for each in needed)
        narrowed = replace(relevance, layout=Layout(tuple(cuboids)))
        vocabulary = MemoryVocabulary()
        codes = durable_codes(
            narrowed, columns, lambda name, labels: np.array(vocabulary.codes(name, labels), np.int32)
        )
        self._candidates = Candidates.of(columns, codes)
        self._entries: dict[str, dict[str, bytes]] = defaultdict(dict)
        for place, entries in fan_out(narrowed, columns, codes, split.counted):
            self._entries[place.dimension][place.owner] = entries

    def predict(self) -> Predicted:
        """Return the rates of the impressions in ``split.test``."""
        base, repeats = self._base()
        exposures = fit(self._relevance.ranking, self._ranker.tree, self._table, base)
        test = self._split.test
        plain = []
        for first in range(0, len(test), _AT_ONCE):
            chosen = test[first : first + _AT_ONCE]
            candidates = self._candidates.only(chosen)
            found = evidence(self._ranker.tree, candidates, self._tables(candidates), exposures)
            ranked = self._ranker.rank(candidates.keys(), found, exposures.base, nothing(len(chosen)), seed=0)
            plain.append(ranked.combined.rate)
        rates, adjustments = np.concatenate(plain), self._adjustments(test)
        with_history = expit(logit(rates) + adjustments) if adjustments.any() else None
        return Predicted(rates, with_history, base, repeats)

    def _table(self, dimension: str, owners: Iterable[str] | None = None) -> Table:
        """Return the table of a dimension's owners, all or those of these that have counts."""
        entries = self._entries[dimension]
        there = [owner for owner in (entries if owners is None else owners) if owner in entries]
        cubes = cube.read_all([entries[owner] for owner in there])
        return Table(dict(zip(there, cubes, strict=True)))

    def _base(self) -> tuple[float, float]:
        cuboid = self._ranker.tree.nodes[0].cuboid
        every = all_buckets(cuboid, cube.read_all(list(self._entries[cuboid.owner].values())))
        ranking = self._relevance.ranking
        converted = int(self._split.train_labels.sum())
        counted = float(every.conversions[every.impressions > 0].sum())
        return ranking.base or base_rate(every, ranking.repeats), counted / max(converted, 1)

    def _tables(self, candidates: Candidates) -> dict[str, Table]:
        wanted = owners(self._ranker.tree, candidates)
        return {dimension: self._table(dimension, labels) for dimension, labels in wanted.items()}

    def _adjustments(self, chosen: _Int64s) -> Floats:
        """Return what is added to the log-odds of impressions for what their users did before them."""
        ranking = self._relevance.ranking
        everything = History.of(self._columns, self._relevance)
        by_user = np.argsort(self._columns.users, kind="stable")
        # where each user's events begin, and where each impression stands among its user's
        firsts = np.searchsorted(self._columns.users[by_user], self._columns.users[chosen])
        places = np.empty(len(by_user), np.int64)
        places[by_user] = np.arange(len(by_user))
        added = np.zeros(len(chosen))
        for number, (position, first, place) in enumerate(
            zip(chosen.tolist(), firsts.tolist(), places[chosen].tolist(), strict=True)
        ):
            before = by_user[max(first, place - ranking.affinity.events) : place]
            if len(before):
                candidate = self._candidates.only(np.array([position]))
                now_ms = int(self._columns.times[position])
                added[number] = adjust(ranking, everything.only(before), candidate, now_ms).total[0]
        return added
