"""The stages of dedup: out of the frame, parsed and judged, decided, coded."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.stages.costs import Costs
from dealstream.domain.batch import Batch, unpack
from dealstream.domain.coder import Coder
from dealstream.domain.dedup import PartitionDedup, Window
from dealstream.domain.event import EventDecoder, texts
from dealstream.domain.intake import Message
from dealstream.domain.verdicts import verdicts
from dealstream.settings import Settings


class Judged(NamedTuple):
    """A batch, the letters of its records, and the tuple of its codes."""

    batch: Batch
    letters: bytes
    coded: Message


def dedup(messages: Sequence[Message], settings: Settings, costs: Costs) -> list[Judged]:
    """Judge and code batches as the bolt does."""
    tuning = settings.tuning
    window = Window(tuning.dedup_slice_offsets, tuning.dedup_slices, tuning.dedup_error_rate)
    id_field = settings.relevance.event.id
    coder = Coder(settings.relevance)
    decoder = EventDecoder(settings.relevance, {id_field, *coder.fields})
    partitions: dict[int, PartitionDedup] = {}
    found = []
    for partition, first, next_, _, payload in messages:
        if partition not in partitions:
            partitions[partition] = PartitionDedup(window)
            if (gap := partitions[partition].missing(first)) is not None:
                partitions[partition].begin(gap)
        with costs.clock("dedup", "unpack"):
            batch = unpack(partition, first, next_, payload)
        with costs.clock("dedup", "parse and judge"):
            judged = decoder.judge(batch)
        with costs.clock("dedup", "decide"):
            ids = texts(judged.columns[id_field])
            duplicates = partitions[partition].decide(first, next_, batch.offsets[judged.rows], ids)
            letters = verdicts(len(batch), judged.rows, duplicates)
        with costs.clock("dedup", "code and compress"):
            payload = coder.code(batch, letters, judged.columns_without(duplicates)).pack()
        found.append(Judged(batch, letters, [partition, first, next_, len(batch), payload]))
    return found
