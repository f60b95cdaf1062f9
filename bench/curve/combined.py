"""How well a window of events combines: how many entries are left of it to write, and in how many APPENDs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.stream import Stream
from dealstream.domain.batch import KEEP, of_records
from dealstream.domain.cube import ENTRY
from dealstream.domain.flush import Flush
from dealstream.domain.records import Records
from dealstream.domain.relevance import Relevance
from dealstream.domain.window import FlushWindow
from dealstream.stores.vocabulary import MemoryVocabulary


class Combined(NamedTuple):
    """What is left of a window to write, for each of its events."""

    entries: float
    appends: float


def combined(stream: Stream, relevance: Relevance, blocks: int) -> Combined:
    """Return what the first blocks of a stream come to, as one window."""
    vocabulary, window = MemoryVocabulary(), FlushWindow(relevance)

    def codes(dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(vocabulary.codes(dimension, labels), np.int32)

    first = 0
    for text in stream.texts(blocks):
        lines = text.split(b"\n")
        end = first + len(lines)
        window.add(of_records(Records.of(0, range(first, end), [0] * len(lines), lines), first, end), KEEP * len(lines))
        first = end
    appends = Flush(relevance, window, codes).plan(range(relevance.slots), {}).appends
    return Combined(sum(len(append.entries) for append in appends) / ENTRY / first, len(appends) / first)
