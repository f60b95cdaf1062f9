"""What the nodes of a Redis Cluster answer while hash slots move, and how to follow where they point."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import AskError, ClusterDownError, MovedError, TryAgainError

from dealstream.stores import redis_clients
from dealstream.stores.redis_clients import Clients, answering

# a hash slot has moved (MOVED), or does just now and a key is not here (ASK), or only some are (TRYAGAIN), or nobody
# has it (CLUSTERDOWN)
ELSEWHERE = (AskError, TryAgainError, ClusterDownError)


def read(clients: Clients, client: redis.Redis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    """Return a node's answers to commands that only read, and another's where it says ASK; an error is an answer too.

    One round trip, and one more to each node that gets a slot just now. A key that a node does not have any more is on
    the one that gets it, or nowhere.

    Raises:
        StoreUnavailableError: the other one did not answer.
        redis.RedisError: the node itself did not.

    """
    answers = _answers(client, commands)
    sent_on: dict[str, list[int]] = defaultdict(list)
    for row, answer in enumerate(answers):
        if isinstance(answer, AskError) and not isinstance(answer, MovedError):
            sent_on[f"{answer.host}:{answer.port}"].append(row)
    for address, rows in sent_on.items():
        asked = [command for row in rows for command in (("ASKING",), commands[row])]
        with answering(address):
            for row, answer in zip(rows, _answers(clients.at(address), asked)[1::2], strict=True):
                answers[row] = answer
    return answers


def in_words(server: str, error: redis.RedisError) -> str:
    """Return where a hash slot is: Redis says it in numbers, behind a command that nobody wants to see in a log."""
    if not isinstance(error, AskError):
        return redis_clients.in_words(server, error)
    how = "has moved" if isinstance(error, MovedError) else "is being moved"
    return f"Redis at {server}: hash slot {error.slot_id} {how} to {error.host}:{error.port}"


def _answers(client: redis.Redis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)  # type: ignore[no-untyped-call]
        return pipe.execute(raise_on_error=False)
