"""What became of each record of a batch: one letter a record, in the order of the batch."""

import numpy as np
import numpy.typing as npt

from dealstream.domain.batch import DUPLICATE, KEEP, REJECTED


def verdicts(records: int, events: npt.NDArray[np.int64], duplicates: npt.NDArray[np.bool_]) -> bytes:
    """Return the letters; ``events`` are the rows that are events, ``duplicates`` tells which of those are known."""
    letters = np.full(records, REJECTED[0], np.uint8)
    letters[events] = np.where(duplicates, DUPLICATE[0], KEEP[0])
    return letters.tobytes()


def kept(verdicts_: bytes) -> npt.NDArray[np.bool_]:
    """Tell which records were kept."""
    return np.asarray(np.frombuffer(verdicts_, np.uint8) == KEEP[0])
