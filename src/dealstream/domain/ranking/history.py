"""What a user just did, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import of_records
from dealstream.domain.event import EventDecoder
from dealstream.domain.ranking.candidates import compact
from dealstream.domain.records import Records
from dealstream.domain.relevance import DEAL, Relevance
from dealstream.domain.verdicts import verdicts
from dealstream.domain.window import Columns, FlushWindow


@dataclass(frozen=True)
class History:
    """A user's events: times in milliseconds, codes of types, and by dimension the positions in its ``labels``.

    Has the deal, and the dimensions of affinity.
    """

    times: npt.NDArray[np.int64]
    types: npt.NDArray[np.int8]
    codes: Mapping[str, npt.NDArray[np.int32]]
    labels: Mapping[str, Sequence[str]]

    @staticmethod
    def of(columns: Columns, relevance: Relevance) -> "History":
        """Take the events of columns, which must have times."""
        names = (DEAL, *relevance.ranking.affinity.dimensions)
        return History(
            columns.times,
            columns.types,
            {name: columns.codes[name] for name in names},
            {name: columns.labels[name] for name in names},
        )

    def only(self, chosen: npt.NDArray[np.int64]) -> "History":
        """Return the events at these positions, with the labels that they have."""
        codes, labels = compact({name: column[chosen] for name, column in self.codes.items()}, self.labels)
        return History(self.times[chosen], self.types[chosen], codes, labels)


class HistoryReader:
    """Reads users' events as HBase keeps them; make one and keep it."""

    def __init__(self, relevance: Relevance) -> None:
        # they were within bounds when they came
        self._relevance = replace(relevance, max_age_ms=None, max_ahead_ms=None)
        self._decoder = EventDecoder(self._relevance)
        self._window = FlushWindow(self._relevance, whole=True)

    def read(self, events: Sequence[bytes]) -> History:
        """Read the JSON of a user's events; what is no event any more, by a newer configuration, is left out."""
        count = len(events)
        batch = of_records(Records.of(0, range(count), [0] * count, events), 0, count)
        rows = self._decoder.judge(batch).rows
        self._window.clear()
        self._window.add(batch, verdicts(count, rows, np.zeros(len(rows), np.bool_)))
        return History.of(self._window.columns(), self._relevance)
