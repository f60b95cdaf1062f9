"""The relevance topology without HBase's sink: a batch is acked when it is counted."""

from streamparse import Grouping, Topology

from dealstream.bolts.bucket_counter import BucketCounterBolt
from dealstream.bolts.dedup import CODED, DedupBolt
from dealstream.multilang import speaks_msgpack
from dealstream.settings import RELEVANCE_KEY, SCHEMA_KEY, load_relevance, parallelism, relevance_path
from dealstream.spouts.kafka_events import KafkaEventSpout

WANTED = load_relevance(relevance_path())


@speaks_msgpack
class CountersOnly(Topology):
    """Kafka, dedup, Redis."""

    event_spout = KafkaEventSpout.spec(par=parallelism("event_spout"))
    dedup = DedupBolt.spec(inputs={event_spout: Grouping.fields("partition")}, par=parallelism("dedup"))
    bucket_counter = BucketCounterBolt.spec(
        inputs={dedup[CODED]: Grouping.LOCAL_OR_SHUFFLE}, par=parallelism("bucket_counter")
    )

    config = {RELEVANCE_KEY: WANTED.table, SCHEMA_KEY: WANTED.schema}
