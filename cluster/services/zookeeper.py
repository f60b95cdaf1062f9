"""ZooKeeper: where Storm's daemons find each other."""

from pathlib import Path

from cluster.engine import Engine
from cluster.java import server
from cluster.probes import zookeeper_answers
from cluster.service import Service
from cluster.templates import render


class ZooKeeper(Service):
    """One standalone ZooKeeper, out of Storm's jars."""

    engine = "storm"

    def configure(self) -> None:
        """Write zoo.cfg and its logging."""
        render("zookeeper", self.home.conf, {"port": self.port, "data": self.home.data})

    def command(self) -> list[str]:
        """Start ZooKeeper's usual main class."""
        return server(
            heap=128,
            class_path=Engine("storm").class_path,
            options=[
                f"-Dlog4j2.configurationFile={self.home.conf}/log4j2.xml",
                "-Dzookeeper.jmx.log4j.disable=true",
                "-Dzookeeper.preAllocSize=1024",  # KiB; each log file otherwise starts with 64 MiB of zeros
            ],
            main=["org.apache.zookeeper.server.quorum.QuorumPeerMain", str(self.home.conf / "zoo.cfg")],
        )

    def answers(self) -> bool:
        """Send `srvr`."""
        return zookeeper_answers(self.port)


def zookeeper_service(port: int, home: Path, name: str = "zookeeper") -> ZooKeeper:
    """Return a ZooKeeper on a port of your choice, with everything it writes in `home`."""
    return ZooKeeper(name, home, {"clients": port})
