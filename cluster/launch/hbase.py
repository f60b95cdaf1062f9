"""The `hbase` command, as far as `dealstream create` needs it: where HBase's client and its configuration are."""

from pathlib import Path

from cluster.engine import Engine
from cluster.layout import CLUSTER_HOME

USAGE = "usage: hbase classpath"


def main(arguments: list[str]) -> str | int:
    """Run one `hbase` command."""
    if arguments != ["classpath"]:
        return USAGE
    engine = Engine("hbase")
    if not engine.fetched:
        return "hbase: HBase is not here yet; `python -m cluster up` fetches it"
    print(":".join([str(CLUSTER_HOME / "hbase" / "conf"), *jars(engine.class_path)]))
    return 0


def jars(class_path: list[str]) -> list[str]:
    """Spell out `folder/*`, as HBase's own command does."""
    return [str(jar) for entry in class_path for jar in sorted(Path(entry).parent.glob("*.jar"))]
