"""Increments of a micro-batch, combined in memory and written to Redis as redis-py's users do, or appended."""

from collections import Counter, defaultdict
from typing import Any

from redis import Redis

from bench.peers.counting.buckets import buckets, key

DONE_KEY = "events"
"""Holds how many events were counted: events that are counted twice are in it twice."""


class Increments:
    """What events add to which hash and field."""

    def __init__(self) -> None:
        self.events = 0
        self._hashes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, event: dict[str, Any]) -> None:
        """Count an event."""
        self.events += 1
        self._hashes[key(event)].update(buckets(event))

    def queue(self, pipe: Any) -> None:  # noqa: ANN401 -- redis-py's pipeline, of either kind
        """Put what adds everything to Redis into a pipeline."""
        for name, fields in self._hashes.items():
            for field, count in fields.items():
                pipe.hincrby(name, field, count)
        pipe.incrby(DONE_KEY, self.events)

    def write(self, client: "Redis") -> None:
        """Add everything to Redis in one pipeline; returns when Redis has it."""
        pipe = client.pipeline(transaction=False)
        self.queue(pipe)
        pipe.execute()

    def append(self, client: "Redis") -> None:
        """Append everything to a string each, which whoever reads has to sum: dealstream's way to write, as text."""
        pipe = client.pipeline(transaction=False)
        for name, fields in self._hashes.items():
            pipe.append(name, "".join(f"{field}={count};" for field, count in fields.items()))
        pipe.incrby(DONE_KEY, self.events)
        pipe.execute()
