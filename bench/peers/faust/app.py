"""Faust: an agent that takes events by the batch. Faust commits what the agent has come back for more after."""

import os
from typing import Any

import faust
import orjson
from redis.asyncio import Redis

from bench.peers.counting.increments import Increments

BATCH = 5_000
"""More costs Faust more an event than it saves Redis."""

app = faust.App(
    os.environ["KAFKA_GROUP"],
    broker=f"kafka://{os.environ['KAFKA_BROKERS']}",
    store="memory://",
    datadir=os.environ["STATE_FOLDER"],
    topic_disable_leader=True,
    topic_allow_declare=False,
    web_enabled=False,
    stream_buffer_maxsize=2 * BATCH,
    # a worker that was killed holds its partitions for so long
    broker_session_timeout=10.0,
)
events = app.topic(os.environ["KAFKA_TOPIC"], value_serializer="raw")


@app.agent(events)
async def count(stream: faust.Stream[Any]) -> None:
    """Count batch by batch."""
    client = Redis(port=int(os.environ["REDIS_PORT"]))
    async for batch in stream.take(BATCH, within=float(os.environ["FLUSH_SECONDS"])):
        increments = Increments()
        for event in batch:
            increments.add(orjson.loads(event))
        async with client.pipeline(transaction=False) as pipe:
            increments.queue(pipe)
            await pipe.execute()
