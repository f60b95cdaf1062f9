"""All keys of the Redis servers, a piece at a time: for questions about keys, whatever schema these are of."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import redis

from dealstream.stores.redis_placement import READ_AT_ONCE, Group, Placement


def size(placement: Placement, server: Group) -> int:
    """Return how many keys a server has; raises as `Placement.read` does."""
    with placement.answering(server):
        return int(server.client.dbsize())


def walk(client: redis.Redis, answering: Callable[[], AbstractContextManager[None]]) -> Iterator[list[str]]:
    """Yield the keys of a server, those of others too, in pieces of up to `READ_AT_ONCE`, in no order.

    What is there all the while is among them, and twice if the server's table of keys grows or shrinks. ``answering``
    makes what guards an access and turns Redis' errors into those of stores.
    """
    cursor = 0
    while True:
        with answering():
            answer: Any = client.scan(cursor, count=READ_AT_ONCE)
        cursor, found = answer
        # others may name their keys by bytes that are no text
        keys = [key.decode(errors="replace") for key in found]
        yield from (keys[start : start + READ_AT_ONCE] for start in range(0, len(keys), READ_AT_ONCE))
        if cursor == 0:
            return
