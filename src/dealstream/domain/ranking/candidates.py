"""Deals to choose among, each as the impression it would be: the user's dimensions and its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

from dealstream.domain.relevance import DEAL
from dealstream.domain.window import Columns

Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Candidates:
    """By dimension: positions in ``labels``, one a candidate, and the ``durable`` codes that bucket ids are made of.

    They are what `Columns` and `fanout.durable_codes` have of events: the same labels, the same codes.
    """

    codes: Mapping[str, npt.NDArray[np.int32]]
    labels: Mapping[str, Sequence[str]]
    durable: Mapping[str, npt.NDArray[np.int32]]

    @staticmethod
    def of(columns: Columns, durable: Mapping[str, npt.NDArray[np.int32]]) -> "Candidates":
        """Take events, each as a candidate."""
        return Candidates(columns.codes, columns.labels, durable)

    def __len__(self) -> int:
        return len(self.codes[DEAL])

    def only(self, chosen: npt.NDArray[np.int64]) -> "Candidates":
        """Return the candidates at these positions."""
        codes = {name: column[chosen] for name, column in self.codes.items()}
        return Candidates(codes, self.labels, {name: column[chosen] for name, column in self.durable.items()})

    def label(self, dimension: str, candidate: int) -> str:
        """Return what a candidate is in a dimension."""
        return str(self.labels[dimension][self.codes[dimension][candidate]])

    def keys(self) -> Keys:
        """Return a number for each candidate's deal, always the same for the same deal."""
        labels = self.labels[DEAL]
        numbers = np.fromiter(map(xxhash.xxh3_64_intdigest, map(str.encode, labels)), np.uint64, len(labels))
        return numbers[self.codes[DEAL]]
