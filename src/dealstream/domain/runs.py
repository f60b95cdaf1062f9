"""Runs of equal numbers in an array."""

import numpy as np
import numpy.typing as npt


def starts_of_runs(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each run of equal numbers begins; of a sorted array, where each distinct number does."""
    differs = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=differs[1:])
    return np.flatnonzero(differs)
