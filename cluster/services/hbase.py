"""HBase: the user side. Master, region server, ZooKeeper and Thrift gateway share one JVM."""

from pathlib import Path

from cluster.engine import Engine
from cluster.java import server
from cluster.ports import HOST
from cluster.probes import accepts
from cluster.service import Service
from cluster.templates import render

_OPENED = ("java.nio", "sun.nio.ch", "java.lang", "java.lang.reflect", "java.io", "java.util", "java.util.concurrent")
OPENS = [
    "--add-modules=jdk.unsupported",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
    "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
]
"""What HBase 2 reaches for inside Java 17."""


class HBase(Service):
    """A whole HBase."""

    engine = "hbase"
    patience = 30.0

    def configure(self) -> None:
        """Write hbase-site.xml and its logging."""
        render("hbase", self.home.conf, {**self.ports, "host": HOST, "data": self.home.data})

    def command(self) -> list[str]:
        """Start our own main class: see engines/hbase/java."""
        return server(
            heap=1536,
            class_path=[str(self.home.conf), *Engine("hbase").class_path],
            options=[*OPENS, "-Dzookeeper.admin.enableServer=false"],
            main=["HBaseNode"],
        )

    def answers(self) -> bool:
        """Connect to the Thrift port, which opens last."""
        return accepts(self.port)


def hbase_service(*, thrift: int, zookeeper: int, master: int, regionserver: int, home: Path) -> HBase:
    """Return an HBase on ports of your choice, with everything it writes in `home`."""
    ports = {"thrift": thrift, "zookeeper": zookeeper, "master": master, "regionserver": regionserver}
    return HBase("hbase", home, ports)
