"""The relevance topology without Redis' sink: a batch is acked when it is written.

Slots that count nothing have no watermark above 0. So the spout starts at 0, and must not check later that they
have what is committed: `bench.tuning` sees to that.
"""

from streamparse import Grouping, Topology

from dealstream.bolts.dedup import JUDGED, DedupBolt
from dealstream.bolts.hbase_writer import HBaseWriterBolt
from dealstream.multilang import speaks_msgpack
from dealstream.settings import RELEVANCE_KEY, SCHEMA_KEY, load_relevance, parallelism, relevance_path
from dealstream.spouts.kafka_events import KafkaEventSpout

WANTED = load_relevance(relevance_path())


@speaks_msgpack
class UserEventsOnly(Topology):
    """Kafka, dedup, HBase."""

    event_spout = KafkaEventSpout.spec(par=parallelism("event_spout"))
    dedup = DedupBolt.spec(inputs={event_spout: Grouping.fields("partition")}, par=parallelism("dedup"))
    hbase_writer = HBaseWriterBolt.spec(
        inputs={dedup[JUDGED]: Grouping.LOCAL_OR_SHUFFLE}, par=parallelism("hbase_writer")
    )

    config = {RELEVANCE_KEY: WANTED.table, SCHEMA_KEY: WANTED.schema}
