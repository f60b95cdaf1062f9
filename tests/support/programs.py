"""The components with their stores in memory, run as Storm runs them: ``python -m tests.support.programs Writer``."""

import sys

from dealstream.bolts.bucket_counter import BucketCounterBolt
from dealstream.bolts.dedup import DedupBolt
from dealstream.bolts.hbase_writer import HBaseWriterBolt
from dealstream.settings import Settings
from dealstream.spouts.kafka_events import KafkaEventSpout
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.erasures import MemoryErasures
from dealstream.stores.log import MemoryLog
from dealstream.stores.rejected import MemoryRejected
from dealstream.stores.snapshots import MemorySnapshots
from dealstream.stores.user_events import MemoryUserEvents
from dealstream.stores.vocabulary import MemoryVocabulary
from tests.support.events import event


def _log(settings: Settings) -> MemoryLog:
    log = MemoryLog()
    for value in (event(1), b"?"):
        log.append(0, value)
    return log


def _counters(settings: Settings) -> MemoryCounters:
    return MemoryCounters(settings.relevance.keys)


class Spout(KafkaEventSpout):
    """The spout, on a log of two records."""

    open_log = staticmethod(_log)
    open_counters = staticmethod(_counters)


class Dedup(DedupBolt):
    """The dedup bolt."""

    open_log = staticmethod(_log)
    open_rejected = staticmethod(lambda settings: MemoryRejected())
    open_snapshots = staticmethod(lambda settings: MemorySnapshots())


class Writer(HBaseWriterBolt):
    """The HBase writer."""

    open_user_events = staticmethod(lambda settings: MemoryUserEvents())
    open_erasures = staticmethod(lambda settings: MemoryErasures())


class Counter(BucketCounterBolt):
    """The bucket counter."""

    open_counters = staticmethod(_counters)
    open_vocabulary = staticmethod(lambda settings: MemoryVocabulary())


if __name__ == "__main__":
    globals()[sys.argv[1]](serializer="msgpack").run()
