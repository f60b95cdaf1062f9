"""Exposure: how much a bucket's impressions are worth, for a deal is not shown to everybody alike.

Pages show deals to those who are expected to buy. So a bucket's plain rate tells as much of whom it was shown to as of
itself: a dull deal that only its few friends see converts well, and a category that is shown far away badly. Each
bucket's impressions are therefore weighed: one is worth more than one where everything else promised more than usual.

    exposure = sum of n rate(all steps) / rate(own path)  over the cells of the bucket, / sum of n

Cells are the buckets of one cuboid that has every dimension of the chains, so they tell who was shown what; n are their
impressions; the own path are the steps of the tree that lead to the bucket, and all steps are all but those below it.
`posterior` then has n x exposure impressions of the average kind. Rates hang on exposures and exposures on rates: they
are made in turns (backfitting), see `fitting`.

Sources: D. Agarwal et al., "Estimating rates of rare events with multiple hierarchies through scalable log-linear
models" (KDD 2010), for rates against what was to be expected; T. Hastie and R. Tibshirani, "Generalized additive
models" (1986), for backfitting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dealstream.domain.cuboid import Cuboid
from dealstream.domain.ranking.backoff import Floats
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.cells import bucket_numbers
from dealstream.domain.ranking.tree import Path, Tree

_Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Exposures:
    """The exposures of buckets, and the ``base`` rate that goes with them.

    ``factors`` has by path the numbers of buckets, rising, and the exposure of each; numbers are those of
    `bucket_numbers`, with the owners of ``cuboid`` counted as in ``owners``. Of what is not there it is 1.
    """

    base: float
    cuboid: Cuboid | None = None
    owners: Mapping[str, int] = field(default_factory=dict)
    factors: Mapping[Path, tuple[_Int64s, Floats]] = field(default_factory=dict)

    def of(self, tree: Tree, candidates: Candidates) -> Floats:
        """Return the exposure of each node's bucket for each candidate."""
        found = np.ones((len(tree.nodes), len(candidates)))
        if self.cuboid is None:
            return found
        owner = self.cuboid.owner
        numbers = [self.owners.get(label, len(self.owners)) for label in candidates.labels[owner]]
        own = np.array(numbers, np.int64)[candidates.codes[owner]]
        for row, node, path in zip(found, tree.nodes, tree.names, strict=True):
            if path in self.factors:
                buckets, factors = self.factors[path]
                wanted = bucket_numbers(self.cuboid, node.cuboid, {**candidates.durable, owner: own})
                places = np.minimum(np.searchsorted(buckets, wanted), len(buckets) - 1)
                row[:] = np.where(buckets[places] == wanted, factors[places], 1.0)
        return found
