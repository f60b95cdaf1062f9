"""How Storm and the components talk: Storm's multilang protocol, in MessagePack, over standard input and output.

In MessagePack because tuples carry bytes, which JSON has none of. pystorm has the components' half of it; Storm's is in
``java/`` of this repository, and comes to the workers in the topology's jar.
"""

import sys
from typing import TypeVar

from streamparse import Topology

OF_PYSTORM = "msgpack"
OF_STORM = "dealstream.MsgpackSerializer"

_Topology = TypeVar("_Topology", bound=type[Topology])


def speaks_msgpack(topology: _Topology) -> _Topology:
    """Have Storm and all components of a topology talk in MessagePack, whatever config.json says."""
    from streamparse.util import set_topology_serializer  # it takes a component half a second, which has no need of it

    set_topology_serializer({}, {"serializer": OF_PYSTORM}, topology)
    topology.config = {**topology.config, "topology.multilang.serializer": OF_STORM}
    return topology


def reserve_stdout() -> None:
    """Send what any library prints from now on to standard error, which Storm logs.

    pystorm means to do that, and does not, for its serializers take hold of what is under the stream that pystorm looks
    at; they keep the real one.
    """
    sys.stdout = sys.stderr
