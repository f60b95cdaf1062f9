"""Redis servers that tests can count on in either way: as a list of servers, or as a Redis Cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dealstream.domain.slots import Keys
from dealstream.stores.redis_cluster import RedisCluster
from dealstream.stores.redis_placement import Placement
from dealstream.stores.redis_servers import RedisServers
from tests.support.redis_server import RedisServer


@dataclass(frozen=True)
class Servers:
    """The servers, in the order in which commands name them, and whether they are a cluster."""

    servers: Sequence[RedisServer]
    cluster: bool = False

    @property
    def addresses(self) -> list[str]:
        """As settings name them."""
        return [server.address for server in self.servers]

    @property
    def options(self) -> dict[str, Any]:
        """What config.json says of them."""
        return {"dealstream.redis.servers": self.addresses, "dealstream.redis.cluster": self.cluster}

    def place(self, keys: Keys, timeout_ms: int = 5000) -> Placement:
        """Return where the slots of a deployment are, for the caller to close."""
        return (RedisCluster if self.cluster else RedisServers)(self.addresses, keys, timeout_ms)
