"""Bytewax: Kafka in, a sink that adds each batch to Redis. With recovery on, a restart goes on at the last snapshot."""

import os

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from redis import Redis

from bench.peers.counting.increments import Increments


class RedisPartition(StatelessSinkPartition[list[KafkaSourceMessage[bytes, bytes]]]):
    """Counts the messages of a batch and writes them, within the epoch that they are of."""

    def __init__(self) -> None:
        self._client = Redis(port=int(os.environ["REDIS_PORT"]))

    def write_batch(self, items: list[KafkaSourceMessage[bytes, bytes]]) -> None:
        """Add a batch to the counts."""
        increments = Increments()
        for message in items:
            increments.add(orjson.loads(message.value))
        WRITE(increments, self._client)


class RedisSink(DynamicSink[KafkaSourceMessage[bytes, bytes]]):
    """Every worker writes what it reads: increments commute, so nothing has to be sent to another worker."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> RedisPartition:
        """Open a connection of the worker's own."""
        return RedisPartition()


WRITE = Increments.append if "APPEND" in os.environ else Increments.write
BROKERS, TOPIC = [os.environ["KAFKA_BROKERS"]], [os.environ["KAFKA_TOPIC"]]

flow = Dataflow("deal_counts")
source = KafkaSource(BROKERS, TOPIC, batch_size=int(os.environ["FLUSH_EVENTS"]))
messages = op.input("events", flow, source)
op.output("counts", messages, RedisSink())
