"""streamparse, one event a tuple: streamparse's own batching bolt, which acks a batch when it is written."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from redis import Redis
from streamparse import BatchingBolt, Tuple

from bench.peers.counting.increments import Increments


class CountBolt(BatchingBolt):
    """Counts what has come between ticks of a second."""

    outputs: list[str] = []

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Open the connection. The counter goes on from 0, so batches are processed at every second tick."""
        self._client = Redis(port=int(storm_conf["plain.redis.port"]))

    def process_batch(self, key: None, tups: Sequence[Tuple]) -> None:
        """Add a batch to the counts."""
        increments = Increments()
        for tup in tups:
            increments.add(msgspec.json.decode(tup.values[0]))
        increments.write(self._client)
