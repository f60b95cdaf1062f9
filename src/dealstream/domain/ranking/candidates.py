"""Deals to choose among, each as the impression it would be: the user's dimensions and its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

from dealstream.domain.fanout import CodesOf, durable_codes
from dealstream.domain.relevance import DEAL, Relevance
from dealstream.domain.window import Columns

Keys = npt.NDArray[np.uint64]
Codes = Mapping[str, npt.NDArray[np.int32]]
Labels = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Candidates:
    """By dimension: positions in ``labels``, one a candidate, and the ``durable`` codes that bucket ids are made of.

    They are what `Columns` and `fanout.durable_codes` have of events: the same labels, the same codes.
    """

    codes: Codes
    labels: Labels
    durable: Codes

    @staticmethod
    def of(columns: Columns, durable: Codes) -> "Candidates":
        """Take events, each as a candidate."""
        return Candidates(columns.codes, columns.labels, durable)

    @staticmethod
    def coded(relevance: Relevance, codes: Codes, labels: Labels, codes_of: CodesOf) -> "Candidates":
        """Take the dimensions of deals that are no events, with what the cuboids of ``relevance`` need."""
        longs, ints = np.zeros(0, np.int64), np.zeros(0, np.int32)
        columns = Columns(ints, longs, longs.astype(np.int8), longs, dict(codes), dict(labels), ints, ())
        return Candidates.of(columns, durable_codes(relevance, columns, codes_of))

    def __len__(self) -> int:
        return len(self.codes[DEAL])

    def only(self, chosen: npt.NDArray[np.int64]) -> "Candidates":
        """Return the candidates at these positions, with the labels that they have."""
        codes, labels = compact({name: column[chosen] for name, column in self.codes.items()}, self.labels)
        return Candidates(codes, labels, {name: column[chosen] for name, column in self.durable.items()})

    def label(self, dimension: str, candidate: int) -> str:
        """Return what a candidate is in a dimension."""
        return str(self.labels[dimension][self.codes[dimension][candidate]])

    def keys(self) -> Keys:
        """Return a number for each candidate's deal, always the same for the same deal."""
        labels = self.labels[DEAL]
        numbers = np.fromiter(map(xxhash.xxh3_64_intdigest, map(str.encode, labels)), np.uint64, len(labels))
        return numbers[self.codes[DEAL]]


def compact(codes: Codes, labels: Labels) -> tuple[Codes, Labels]:
    """Return the same columns with only those labels that occur in them."""
    compacted, left = {}, {}
    for name, column in codes.items():
        there, compacted_column = np.unique(column, return_inverse=True)
        compacted[name] = compacted_column.astype(np.int32)
        left[name] = [labels[name][code] for code in there.tolist()]
    return compacted, left
