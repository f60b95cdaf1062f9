"""What Storm and the components say to each other in: MessagePack, for tuples carry bytes, which JSON has none of.

pystorm has the components' half, ``java/`` in this repository Storm's; the topology's jar brings that along.
"""

from typing import TypeVar

from streamparse import Topology
from streamparse.util import set_topology_serializer

PYTHONS = "msgpack"
STORMS = "dealstream.MsgpackSerializer"

_Topology = TypeVar("_Topology", bound=type[Topology])


def speaks_msgpack(topology: _Topology) -> _Topology:
    """Have Storm and all components of a topology talk in MessagePack, whatever config.json says."""
    set_topology_serializer({}, {"serializer": PYTHONS}, topology)
    topology.config = {**topology.config, "topology.multilang.serializer": STORMS}
    return topology
