"""From the JSON columns of a batch's kept events to codes.

Closed dimensions have their codes. The values of open ones, and users, are numbered within the batch.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import Batch
from dealstream.domain.coded import Coded
from dealstream.domain.dimension import Closed, Dimension
from dealstream.domain.event import Columns, times
from dealstream.domain.interner import Interner
from dealstream.domain.relevance import Relevance
from dealstream.domain.tile import Grain

_Codes = npt.NDArray[np.int32]


class Coder:
    """Codes judged batches; ``dimensions`` are those that it codes."""

    def __init__(self, relevance: Relevance, whole: bool = False) -> None:
        """Code of events what is counted; ``whole`` codes every dimension, the time and the user in any case."""
        layout = relevance.layout
        self._event = relevance.event
        self._type_codes = {name: code for code, name in enumerate(relevance.types.names)}
        self.dimensions: Mapping[str, Dimension] = {
            name: dimension
            for name, dimension in relevance.dimensions.items()
            if whole or any(name in cuboid.dimensions for cuboid in layout.cuboids)
        }
        self._timed = whole or any(grain is not Grain.EVER for grain in layout.grains())
        self._by_user = whole or any(cuboid.spec.users for cuboid in layout.cuboids)

    @property
    def fields(self) -> set[str]:
        """The JSON fields it needs."""
        fields = {self._event.type, *(field for each in self.dimensions.values() for field in each.fields)}
        if self._timed:
            fields.add(self._event.time)
        if self._by_user:
            fields.add(self._event.user)
        return fields

    def code(self, batch: Batch, verdicts: bytes, columns: Columns) -> Coded:
        """Code a batch; ``columns`` hold the `fields` of its kept events."""
        types = columns[self._event.type]
        codes, labels = {}, {}
        for name, dimension in self.dimensions.items():
            if isinstance(dimension, Closed):
                codes[name] = dimension.codes(columns)
            else:
                codes[name], labels[name] = _numbered(columns[dimension.field])
        users, user_names = _numbered(columns[self._event.user] if self._by_user else ())
        return Coded(
            batch.partition,
            batch.first,
            batch.next,
            batch.offsets,
            verdicts,
            np.fromiter(map(self._type_codes.__getitem__, types), np.int8, len(types)),
            times(columns[self._event.time] if self._timed else ()),
            codes,
            labels,
            users,
            user_names,
        )


def _numbered(column: Sequence[object]) -> tuple[_Codes, list[str]]:
    """Return the number of each value's label, and the labels."""
    interner = Interner()
    return interner.numbers(column), interner.labels
