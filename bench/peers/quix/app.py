"""Quix Streams: a sink that counts what is added to it, and writes when Quix commits. Offsets follow the counts."""

import os
from typing import Any

from quixstreams import Application
from quixstreams.models import HeadersTuples
from quixstreams.sinks import BaseSink
from redis import Redis

from bench.peers.counting.increments import Increments


class RedisSink(BaseSink):
    """Keeps increments only, not the events; what is not written when the process dies comes again."""

    def setup(self) -> None:
        """Open the connection."""
        self._client = Redis(port=int(os.environ["REDIS_PORT"]))
        self._increments = Increments()

    def add(
        self,
        value: Any,  # noqa: ANN401 -- Quix's
        key: Any,  # noqa: ANN401
        timestamp: int,
        headers: HeadersTuples,
        topic: str,
        partition: int,
        offset: int,
    ) -> None:
        """Count an event."""
        self._increments.add(value)

    def flush(self) -> None:
        """Write what was counted since the last checkpoint."""
        if self._increments.events:
            self._increments.write(self._client)
            self._increments = Increments()


def main() -> None:
    """Run until the process is ended."""
    app = Application(
        broker_address=os.environ["KAFKA_BROKERS"],
        consumer_group=os.environ["KAFKA_GROUP"],
        auto_offset_reset="earliest",
        commit_every=int(os.environ["FLUSH_EVENTS"]),
        commit_interval=float(os.environ["FLUSH_SECONDS"]),
        # a consumer that was killed holds its partitions for so long
        consumer_extra_config={"session.timeout.ms": 10_000},
    )
    events = app.topic(os.environ["KAFKA_TOPIC"], value_deserializer="json")
    app.dataframe(events).sink(RedisSink())
    app.run()


if __name__ == "__main__":
    main()
