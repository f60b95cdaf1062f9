"""An array that grows."""

from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

_Kind = TypeVar("_Kind", bound=np.generic)


class Growing(Generic[_Kind]):
    """Rows that are written by number; those that never were are zero."""

    def __init__(self, empty: npt.NDArray[_Kind]) -> None:
        """Take an array without rows."""
        self._rows = empty
        self._length = 0

    @property
    def values(self) -> npt.NDArray[_Kind]:
        """All rows up to the highest that was written."""
        return self._rows[: self._length]

    def put(self, numbers: npt.NDArray[np.int64], rows: npt.NDArray[Any]) -> None:
        """Write rows; one array of all of them is left behind now and then, as it was."""
        length = max(self._length, int(numbers.max(initial=-1)) + 1)
        if length > len(self._rows):
            wider = np.zeros((max(2 * len(self._rows), length), *self._rows.shape[1:]), self._rows.dtype)
            wider[: self._length] = self._rows[: self._length]
            self._rows = wider
        self._rows[numbers] = rows
        self._length = length
