"""How well a window of events combines: how many entries are left of it to write."""

from collections.abc import Sequence

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


def entries_per_event(stream: Stream, relevance: Relevance, blocks: int) -> float:
    """Return how many entries the first blocks of a stream come to, as one window, for each of their events."""
    vocabulary, window = MemoryVocabulary(), FlushWindow(relevance)

    def codes(dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(vocabulary.codes(dimension, labels), np.int32)

    first = 0
    for text in stream.texts(blocks):
        lines = text.split(b"\n")
        end = first + len(lines)
        window.add(of_records(Records.of(0, range(first, end), [0] * len(lines), lines), first, end), KEEP * len(lines))
        first = end
    plan = Flush(relevance, window, codes).plan(range(relevance.slots), {})
    return sum(len(append.entries) for append in plan.appends) / ENTRY / first
