"""PyFlink: Kafka into a vectorized Python function, which gets events by the batch, counts them and writes to Redis.

Flink finishes the batches under way before it takes a checkpoint, so offsets follow the counts. A job that starts again
goes on at the last checkpoint.
"""

import os
from functools import cache
from pathlib import Path

import orjson
import pandas as pd
from pyflink.common import Configuration
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf
from redis import Redis

from bench.peers.counting.increments import Increments

STATE = Path(os.environ["STATE_FOLDER"])
CHECKPOINTS = STATE / "checkpoints"


def settings() -> Configuration:
    """Return what differs from Flink's defaults."""
    flush_ms = round(1000 * float(os.environ["FLUSH_SECONDS"]))
    options = {
        "parallelism.default": "2",
        "pipeline.jars": ";".join(path.as_uri() for path in Path(os.environ["JARS"]).iterdir()),
        "python.fn-execution.bundle.size": os.environ["FLUSH_EVENTS"],
        "python.fn-execution.bundle.time": str(flush_ms),
        "python.fn-execution.arrow.batch.size": os.environ["FLUSH_EVENTS"],
        "execution.checkpointing.interval": f"{flush_ms} ms",
        "execution.checkpointing.dir": CHECKPOINTS.as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "taskmanager.memory.process.size": "2g",
    }
    if last := last_checkpoint():
        options["execution.state-recovery.path"] = last.as_uri()
    configuration = Configuration()
    for key, value in options.items():
        configuration.set_string(key, value)
    return configuration


def last_checkpoint() -> Path | None:
    """Return the newest checkpoint that is complete; None if there is none."""
    complete = [path.parent for path in CHECKPOINTS.glob("*/chk-*/_metadata")]
    return max(complete, key=lambda path: path.stat().st_mtime, default=None)


@cache
def client() -> Redis:
    """Return the Python worker's own connection."""
    return Redis(port=int(os.environ["REDIS_PORT"]))


@udf(result_type=DataTypes.INT(), func_type="pandas", deterministic=False)
def count(events: pd.Series) -> pd.Series:
    """Count a batch of events in Redis."""
    increments = Increments()
    for event in events:
        increments.add(orjson.loads(event))
    increments.write(client())
    return pd.Series(1, events.index)


def main() -> None:
    """Run until the process is ended."""
    tables = TableEnvironment.create(EnvironmentSettings.new_instance().with_configuration(settings()).build())
    tables.execute_sql(f"""
        CREATE TABLE events (event BYTES) WITH (
            'connector' = 'kafka',
            'topic' = '{os.environ["KAFKA_TOPIC"]}',
            'properties.bootstrap.servers' = '{os.environ["KAFKA_BROKERS"]}',
            'properties.group.id' = '{os.environ["KAFKA_GROUP"]}',
            'scan.startup.mode' = 'earliest-offset',
            'format' = 'raw'
        )""")
    tables.execute_sql("CREATE TABLE counted (events INT) WITH ('connector' = 'blackhole')")
    tables.create_temporary_function("count_in_redis", count)
    tables.execute_sql("INSERT INTO counted SELECT count_in_redis(event) FROM events").wait()


if __name__ == "__main__":
    main()
