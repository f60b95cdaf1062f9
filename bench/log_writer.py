"""Record batches onto the log as they are: sending must cost next to nothing beside what is measured on these cores."""

import time
from collections.abc import Sequence

from kafka.net.compat import KafkaNetClient
from kafka.protocol.producer import ProduceRequest

from bench.record_batches import stamped
from bench.stream import Batch

TIMEOUT_MS = 30_000
_OLDEST, _NEWEST = 3, 9  # versions of the request: with record batches, and with the topic's name


class NotTakenError(Exception):
    """Kafka did not take a batch."""


class LogWriter:
    """Sends batches to the topic of a deployment, all of it led by one broker."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._client = KafkaNetClient(bootstrap_servers=brokers.split(","))
        self._client.check_version(timeout_ms=TIMEOUT_MS)
        (self._broker,) = (broker.node_id for broker in self._client.cluster.brokers())
        self._topic = topic

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(self, batches: Sequence[Batch]) -> list[int]:
        """Send batches, no two for the same partition; return the offset after each once they are on the log.

        Raises:
            NotTakenError: one is not.

        """
        topic = ProduceRequest.TopicProduceData
        now_ms = time.time_ns() // 1_000_000
        data = [
            topic.PartitionProduceData(index=batch.partition, records=stamped(batch.data, now_ms)) for batch in batches
        ]
        request = ProduceRequest(
            transactional_id=None,
            acks=-1,
            timeout_ms=TIMEOUT_MS,
            topic_data=[topic(name=self._topic, partition_data=data)],
            min_version=_OLDEST,
            max_version=_NEWEST,
        )
        response = self._client.send_and_receive(self._broker, request, TIMEOUT_MS)
        (answers,) = (found.partition_responses for found in response.responses)
        if failed := [answer for answer in answers if answer.error_code]:
            raise NotTakenError(f"Kafka did not take a batch: {failed}")
        first = {answer.index: answer.base_offset for answer in answers}
        return [first[batch.partition] + batch.count for batch in batches]
