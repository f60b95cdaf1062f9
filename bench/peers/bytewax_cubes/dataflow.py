"""Bytewax with dealstream's way to count: columns combined by numpy, one APPEND of 8-byte deltas for each deal.

The classes that do it are the topology's own; what is left out is what makes it exact: dedup, applied ranges, folding.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import bytewax.operators as op
import numpy as np
import numpy.typing as npt
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from redis import Redis

from dealstream.domain.batch import KEEP, Batch, of_records
from dealstream.domain.flush import Flush
from dealstream.domain.records import Records
from dealstream.domain.window import FlushWindow
from dealstream.settings import load
from dealstream.stores.open import open_vocabulary

Message: TypeAlias = KafkaSourceMessage[bytes, bytes]
# more at once, and what is decoded falls out of the processor's cache
AT_ONCE = 500


class CubePartition(StatelessSinkPartition[Message]):
    """Counts the messages of a batch and writes them, within the epoch that they are of."""

    def __init__(self) -> None:
        settings = load("dev", Path(os.environ["RELEVANCE"]), Path(os.environ["CONFIG"]))
        self._relevance = settings.relevance
        self._vocabulary = open_vocabulary(settings)
        self._window = FlushWindow(settings.relevance)
        self._client = Redis(port=int(os.environ["REDIS_PORT"]))

    def write_batch(self, items: list[Message]) -> None:
        """Append a batch to the cubes of its deals."""
        for batch in batches(items):
            self._window.add(batch, KEEP * len(batch))
        plan = Flush(self._relevance, self._window, self._codes).plan(range(self._relevance.slots), {})
        pipe = self._client.pipeline(transaction=False)
        for append in plan.appends:
            pipe.append(append.key, append.entries)
        pipe.execute()
        self._window.clear()

    def _codes(self, dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(self._vocabulary.codes(dimension, labels), np.int32)


class CubeSink(DynamicSink[Message]):
    """Every worker appends what it reads."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> CubePartition:
        """Open connections of the worker's own."""
        return CubePartition()


def batches(items: list[Message]) -> Iterator[Batch]:
    """Yield the messages of each partition in portions."""
    for partition, group in groupby(items, lambda message: message.partition):
        messages = list(group)
        for start in range(0, len(messages), AT_ONCE):
            some = messages[start : start + AT_ONCE]
            offsets, times = [one.offset for one in some], [one.timestamp[1] for one in some]
            records = Records.of(partition, offsets, times, [one.value for one in some])
            yield of_records(records, offsets[0], offsets[-1] + 1)


BROKERS, TOPIC = [os.environ["KAFKA_BROKERS"]], [os.environ["KAFKA_TOPIC"]]

flow = Dataflow("deal_cubes")
source = KafkaSource(BROKERS, TOPIC, batch_size=int(os.environ["FLUSH_EVENTS"]))
messages = op.input("events", flow, source)
op.output("cubes", messages, CubeSink())
