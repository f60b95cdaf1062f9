"""For other Java programs on this machine that talk to the cluster's HBase, such as a py4j gateway to its Admin API."""

from cluster.engine import Engine
from cluster.layout import CLUSTER_HOME, ServiceHome
from cluster.services.hbase import OPENS


def hbase_class_path(home: ServiceHome | None = None) -> str:
    """Configuration and jars of an HBase client, for `java -cp`; `home` is the cluster's own HBase unless told.

    The configuration is written when HBase is started for the first time.
    """
    return ":".join([str((home or ServiceHome(CLUSTER_HOME / "hbase")).conf), *Engine("hbase").class_path])


def hbase_java_options() -> list[str]:
    """What the JVM of such a client needs besides: HBase 2 reaches into Java 17's own packages."""
    return list(OPENS)
