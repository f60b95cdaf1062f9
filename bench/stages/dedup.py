"""The stages of dedup: out of the frame, parsed and judged, decided."""

from collections.abc import Sequence

from bench.stages.costs import Costs
from dealstream.domain.batch import Batch, unpack
from dealstream.domain.dedup import PartitionDedup, Window
from dealstream.domain.event import EventDecoder, texts
from dealstream.domain.intake import Message
from dealstream.domain.verdicts import verdicts
from dealstream.settings import Settings

Judged = tuple[Batch, bytes]


def dedup(messages: Sequence[Message], settings: Settings, costs: Costs) -> list[Judged]:
    """Judge batches as the bolt does; return each with the letters of its records."""
    tuning = settings.tuning
    window = Window(tuning.dedup_slice_offsets, tuning.dedup_slices, tuning.dedup_error_rate)
    id_field = settings.relevance.event.id
    decoder = EventDecoder(settings.relevance, (id_field,))
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
        found.append((batch, letters))
    return found
