"""Every port of the cluster, in one table. All of them are on 127.0.0.1."""

import os
from dataclasses import asdict, dataclass
from typing import Any, Self

HOST = "127.0.0.1"
OFFSET_VARIABLE = "DEALSTREAM_CLUSTER_PORT_OFFSET"


@dataclass(frozen=True)
class Ports:
    """Which service listens where. The defaults are the cluster's own; give others for a further instance."""

    zookeeper: int = 12181
    kafka: int = 19092
    kafka_controller: int = 19093
    nimbus: int = 16627
    supervisor: int = 16628
    supervisor_slots: tuple[int, ...] = (16700, 16701, 16702, 16703)
    hbase_thrift: int = 19090
    hbase_zookeeper: int = 12182
    hbase_master: int = 12183
    hbase_regionserver: int = 12184
    redis_1: int = 16379
    redis_2: int = 16380
    http: int = 18080

    @classmethod
    def moved(cls, offset: int) -> Self:
        """Return the defaults, each moved by the same number: for a further cluster on the machine."""
        moved: dict[str, Any] = {
            name: tuple(port + offset for port in value) if isinstance(value, tuple) else value + offset
            for name, value in asdict(cls()).items()
        }
        return cls(**moved)

    @classmethod
    def here(cls) -> Self:
        """Return the ports of the cluster that the environment names."""
        return cls.moved(int(os.environ.get(OFFSET_VARIABLE) or 0))
