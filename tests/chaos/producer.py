"""A producer that gives up nothing: what Kafka did not take in time is sent again."""

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, Message

from dealstream.stores.event_producer import EventProducer, ProducerError

_TRY_SECONDS = 120.0


class StubbornProducer:
    """Sends events as `dealstream produce` does, and those that failed once more until none is left.

    An event that was there after all although its delivery failed becomes a duplicate, as with any producer.
    """

    def __init__(self, brokers: str, topic: str) -> None:
        self._place = (brokers, topic)
        self._producer = _Collecting(brokers, topic)
        self.sent_again = 0

    def send(self, users: Sequence[str], lines: Sequence[bytes], timestamp_ms: int) -> None:
        """Hand lines over; waits while the producer's buffer is full."""
        self._send_failed()
        try:
            self._producer.send(users, lines, timestamp_ms)
        except ProducerError:  # this producer will take nothing more: go on with a new one
            self._reopen()
            self.sent_again += len(lines)
            self._producer.send(users, lines, timestamp_ms)

    def finish(self) -> None:
        """Return when every line is on the log."""
        self._producer.finish()
        while self._producer.failed:
            self._send_failed()
            self._producer.finish()

    def _send_failed(self) -> None:
        failed, self._producer.failed = self._producer.failed, []
        for user, line, timestamp_ms in failed:
            self._producer.send([user], [line], timestamp_ms)
        self.sent_again += len(failed)

    def _reopen(self) -> None:
        old = self._producer
        old.finish()  # reports every event that is still in its buffer as failed
        self._producer = _Collecting(*self._place, connect_seconds=_TRY_SECONDS)
        self._producer.failed = old.failed


class _Collecting(EventProducer):
    """Keeps the events that failed instead of raising for the first."""

    def __init__(self, brokers: str, topic: str, **options: Any) -> None:
        super().__init__(brokers, topic, **options)
        self.failed: list[tuple[str, bytes, int]] = []

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            user, line = message.key(), message.value()
            assert isinstance(user, bytes)
            assert isinstance(line, bytes)
            self.failed.append((user.decode(), line, message.timestamp()[1]))

    def _check(self) -> None:
        """Raise nothing: what failed is sent again."""
