"""The codes of labels for a reader: it looks them up and gives none out, so no question writes anything."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain.dimension import Open
from dealstream.domain.relevance import Relevance
from dealstream.stores.vocabulary import Vocabulary

# a label that is not known may be new: how long we take it for unknown before we look again
LOOK_AGAIN_S = 0.5


class KnownCodes:
    """Codes by dimension and label, read when first needed and when there is a label that is not among them."""

    def __init__(
        self, relevance: Relevance, vocabulary: Vocabulary, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._relevance = relevance
        self._vocabulary = vocabulary
        self._clock = clock
        self._known: dict[str, tuple[float, Mapping[str, int]]] = {}

    def __call__(self, dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        """Return the code of each label; of one that has none, a code under which nothing is counted yet."""
        known = self._codes(dimension, labels)
        nothing = self._without_counts(dimension, known)
        return np.fromiter((known.get(label, nothing) for label in labels), np.int32, len(labels))

    def _codes(self, dimension: str, labels: Sequence[str]) -> Mapping[str, int]:
        now = self._clock()
        read, known = self._known.get(dimension, (-LOOK_AGAIN_S, {}))
        if now - read >= LOOK_AGAIN_S and not all(label in known for label in labels):
            known = {label: code for code, label in self._vocabulary.labels(dimension).items()}
            self._known[dimension] = now, known
        return known

    def _without_counts(self, dimension: str, known: Mapping[str, int]) -> int:
        """Return the last code that will be given out; when all are, the code of other, which new labels have."""
        found = self._relevance.dimensions[dimension]
        assert isinstance(found, Open)
        return found.capacity if max(known.values(), default=0) < found.capacity else found.capacity + 1
