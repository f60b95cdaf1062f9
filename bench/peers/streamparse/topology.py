"""A plain streamparse topology: one event a tuple, acked one by one."""

from streamparse import Grouping, Topology

from bench.peers.streamparse.bolt import CountBolt
from bench.peers.streamparse.spout import EventSpout


class Plain(Topology):
    """Kafka, two counters, Redis."""

    events = EventSpout.spec()
    counts = CountBolt.spec(inputs={events: Grouping.SHUFFLE}, par=2, config={"topology.tick.tuple.freq.secs": 1})
