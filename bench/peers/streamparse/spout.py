"""streamparse, one event a tuple: a reliable Kafka spout, which commits what is acked without a gap."""

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from streamparse import Spout

AT_ONCE = 100
"""So many events for each time Storm asks: asking costs as much as an event."""
COMMIT_SECONDS = 1.0


class EventSpout(Spout):
    """Emits every event of all partitions as a string."""

    outputs = ["event"]

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Join the consumer group."""
        self._topic = storm_conf["plain.topic"]
        self._consumer = Consumer(
            {
                "bootstrap.servers": storm_conf["plain.brokers"],
                "group.id": storm_conf["plain.group"],
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": 10_000,
            }
        )
        self._consumer.subscribe([self._topic])
        # the events under way by partition and offset, oldest first
        self._pending: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._next: dict[int, int] = {}
        self._commit_at = time.monotonic() + COMMIT_SECONDS

    def next_tuple(self) -> None:
        """Emit what is there."""
        for message in self._consumer.consume(AT_ONCE, 0.001):
            partition, offset, event = message.partition(), message.offset(), message.value()
            if partition is not None and offset is not None and event is not None:  # else it is an error
                self._pending[partition][offset] = event.decode()
                self._next[partition] = offset + 1
                self.emit([event.decode()], tup_id=f"{partition}:{offset}")
        if time.monotonic() >= self._commit_at:
            self._commit()

    def ack(self, tup_id: str) -> None:
        """Forget an event that is counted."""
        partition, offset = map(int, tup_id.split(":"))
        self._pending[partition].pop(offset, None)

    def fail(self, tup_id: str) -> None:
        """Emit an event again."""
        partition, offset = map(int, tup_id.split(":"))
        if event := self._pending[partition].get(offset):
            self.emit([event], tup_id=tup_id)

    def _commit(self) -> None:
        offsets = [
            TopicPartition(self._topic, partition, next(iter(self._pending[partition]), after))
            for partition, after in self._next.items()
        ]
        if offsets:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        self._commit_at = time.monotonic() + COMMIT_SECONDS
