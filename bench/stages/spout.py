"""The spout's stages: records off the log, batches cut, framed and compressed."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.stages import java
from bench.stages.costs import Costs
from cluster.engine import Engine
from cluster.process import Process
from dealstream.domain.batch import Batch
from dealstream.domain.cutter import Cutter, Limits
from dealstream.domain.intake import Message
from dealstream.domain.records import Records
from dealstream.settings import Settings, Tuning
from dealstream.spouts.kafka_events import READ_AHEAD
from dealstream.stores.open import open_log

_REST_SECONDS = 0.001


def consume(settings: Settings, costs: Costs, kafka: Process) -> list[list[Records]]:
    """Read the whole topic as the spout does, poll by poll."""
    log = open_log(settings)
    log.start(dict.fromkeys(log.partitions(), 0))
    wanted = READ_AHEAD * settings.tuning.batch_events
    polls, count = [], 0
    with costs.server("kafka", "serve", [kafka]):
        while count < costs.events:
            with costs.clock("spout", "consume"):
                records = log.poll(wanted)
            if records:
                polls.append(records)
                count += sum(map(len, records))
            else:
                time.sleep(_REST_SECONDS)
    log.close()
    return polls


def consume_natively(settings: Settings, kafka: Process, folder: Path, costs: Costs) -> None:
    """Set beside it what Kafka's own measure of a consumer takes."""
    arguments = [settings.tuning.kafka_brokers, settings.relevance.topic, costs.events]
    client, server = costs.of("spout", "consume"), costs.of("kafka", "serve")
    with java.running("Consume", Engine("kafka").class_path, arguments, folder) as program:
        program.begin()
        before = kafka.processor_seconds()
        client.floor_seconds = program.end()
        server.floor_seconds = kafka.processor_seconds() - before
    client.floor = server.floor = "Java, ConsumerPerformance"


def cut(polls: Sequence[Sequence[Records]], tuning: Tuning, costs: Costs) -> list[Batch]:
    """Cut the records of each partition into batches."""
    limits = Limits(tuning.batch_events, tuning.batch_bytes, tuning.batch_linger_ms)
    partitions = {piece.partition for records in polls for piece in records}
    cutters = {partition: Cutter(partition, 0, limits) for partition in partitions}
    batches: list[Batch] = []
    for records in polls:
        with costs.clock("spout", "cut"):
            for piece in records:
                cutters[piece.partition].add(piece, 0)
            for cutter in cutters.values():
                batches += cutter.cut(0)
    for cutter in cutters.values():
        batches += cutter.cut(tuning.batch_linger_ms)
    return batches


def packed(batches: Sequence[Batch], costs: Costs) -> Iterator[Message]:
    """Frame and compress batches; yield the tuples that carry them."""
    for batch in batches:
        with costs.clock("spout", "frame and compress"):
            payload = batch.pack()
        yield [batch.partition, batch.first, batch.next, len(batch), payload]
