"""The relevance topology: from events on Kafka to counts in Redis and histories in HBase.

    Kafka ── KafkaEventSpout
                    │ by partition
                DedupBolt
                    ├─ judged, local or shuffle ── HBaseWriterBolt ──── HBase   user -> its events
                    └─ coded, local or shuffle ─── BucketCounterBolt ── Redis   bucket -> counts

A tuple is a batch: a contiguous range of offsets of one partition. The writer needs the events as they came, the
counter only their codes. Dedup sees each partition in one task, so that its decisions are a function of the log.
Parallelism comes from config.json, per environment and component; everything else that can be tuned does too. What is
counted comes from relevance.toml ($DEALSTREAM_CONFIG names another).
"""

from streamparse import Grouping, Topology

from dealstream.bolts.bucket_counter import BucketCounterBolt
from dealstream.bolts.dedup import CODED, JUDGED, DedupBolt
from dealstream.bolts.hbase_writer import HBaseWriterBolt
from dealstream.multilang import speaks_msgpack
from dealstream.settings import RELEVANCE_KEY, SCHEMA_KEY, load_relevance, parallelism, relevance_path
from dealstream.spouts.kafka_events import KafkaEventSpout

WANTED = load_relevance(relevance_path())


@speaks_msgpack
class Relevance(Topology):
    """One deployment's stream."""

    event_spout = KafkaEventSpout.spec(par=parallelism("event_spout"))
    dedup = DedupBolt.spec(inputs={event_spout: Grouping.fields("partition")}, par=parallelism("dedup"))
    hbase_writer = HBaseWriterBolt.spec(
        inputs={dedup[JUDGED]: Grouping.LOCAL_OR_SHUFFLE}, par=parallelism("hbase_writer")
    )
    bucket_counter = BucketCounterBolt.spec(
        inputs={dedup[CODED]: Grouping.LOCAL_OR_SHUFFLE}, par=parallelism("bucket_counter")
    )

    # only what no environment may change: a key here would win over config.json
    config = {RELEVANCE_KEY: WANTED.table, SCHEMA_KEY: WANTED.schema}
