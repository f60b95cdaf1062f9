"""Numbers for labels as they come: what an open dimension's values are until their durable codes are looked up."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.domain.dimension import text


class Interner(dict[str | None, int]):
    """Gives every new label the next number; is asked by texts, or what else JSON has in their place.

    Of other values than texts only null is remembered: 1, 1.0 and true would be one key.
    """

    def __init__(self, labels: Sequence[str] = ()) -> None:
        """Begin with these labels, from 0."""
        super().__init__(zip(labels, range(len(labels)), strict=True))
        self.labels = list(labels)

    def __missing__(self, value: Any) -> int:  # noqa: ANN401
        """Return the number of a value that is no key, which may make it one."""
        if type(value) is not str:
            number = self[text(value)]
            if value is None:
                self[value] = number
            return number
        number = self[value] = len(self.labels)
        self.labels.append(value)
        return number

    def numbers(self, column: Sequence[Any]) -> npt.NDArray[np.int32]:
        """Return the number of each value's label; new texts get theirs all at once, before what else is new."""
        new = [value for value in dict.fromkeys(column) if type(value) is str and value not in self]
        self.update(zip(new, count(len(self.labels)), strict=False))
        self.labels += new
        return np.fromiter(map(self.__getitem__, column), np.int32, len(column))
