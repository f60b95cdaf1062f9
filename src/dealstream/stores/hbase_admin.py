"""Makes the HBase tables of a deployment, by HBase's own Java Admin API through py4j.

Thrift cannot pre-split a table or make a namespace. The class path is what ``hbase classpath`` prints: HBase's own
command on its machines, ``cluster/bin/hbase`` on one that runs the local cluster.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dealstream.domain.relevance import Relevance
from dealstream.domain.rows import FAMILY, split_keys
from dealstream.stores.errors import StoreUnavailableError

_JAVA_OPTIONS = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_CLIENT_LIMITS = {"hbase.client.retries.number": "3", "hbase.client.operation.timeout": "60000"}

# the dedup window is minutes to days long; whatever is older is read from the log
SNAPSHOT_TTL_SECONDS = 7 * 86400


class HBaseAdmin:
    """HBase's Admin; use it as made by `open_admin`."""

    def __init__(self, jvm: Any, admin: Any) -> None:  # noqa: ANN401 -- py4j's views of Java objects
        self._jvm = jvm
        self._admin = admin

    def create(self, relevance: Relevance) -> list[str]:
        """Make what is missing of a deployment's namespace and tables; return the names of the tables made."""
        self._create_namespace(relevance.name)
        events = self._family(FAMILY, relevance.ttl_seconds)
        splits = split_keys(relevance.regions)
        made = [
            self._create_table(relevance.user_events_table, [events], splits),
            self._create_table(relevance.catalogue_table, [self._family("a")], splits),
            self._create_table(relevance.profiles_table, [self._family("a")], splits),
            self._create_table(relevance.erasures_table, [self._family("t")], ()),
            self._create_table(relevance.vocabulary_table, [self._family("c"), self._family("n")], ()),
            self._create_table(relevance.dedup_table, [self._family("s", SNAPSHOT_TTL_SECONDS)], ()),
        ]
        return [name for name in made if name]

    def drop(self, relevance: Relevance) -> list[str]:
        """Destroy the tables and the namespace of a deployment; return the names of the tables destroyed."""
        dropped = []
        for name in relevance.tables:
            table = self._jvm.TableName.valueOf(name)
            if self._admin.tableExists(table):
                if self._admin.isTableEnabled(table):
                    self._admin.disableTable(table)
                self._admin.deleteTable(table)
                dropped.append(name)
        if relevance.name in self._namespaces():
            self._admin.deleteNamespace(relevance.name)
        return dropped

    def _namespaces(self) -> set[str]:
        return set(self._admin.listNamespaces())

    def _create_namespace(self, name: str) -> None:
        if name not in self._namespaces():
            self._admin.createNamespace(self._jvm.NamespaceDescriptor.create(name).build())

    def _create_table(self, name: str, families: Sequence[Any], splits: Sequence[bytes]) -> str | None:
        table = self._jvm.TableName.valueOf(name)
        if self._admin.tableExists(table):
            return None
        builder = self._jvm.TableDescriptorBuilder.newBuilder(table)
        for family in families:
            builder.setColumnFamily(family)
        if splits:
            self._admin.createTable(builder.build(), self._byte_arrays(splits))
        else:
            self._admin.createTable(builder.build())
        return name

    def _family(self, name: str, ttl_seconds: int | None = None) -> Any:  # noqa: ANN401
        builder = self._jvm.ColumnFamilyDescriptorBuilder.newBuilder(bytearray(name.encode()))
        builder.setMaxVersions(1).setBlockCacheEnabled(True).setBloomFilterType(self._jvm.BloomType.ROW)
        if ttl_seconds is not None:
            builder.setTimeToLive(ttl_seconds)
        return builder.build()

    def _byte_arrays(self, keys: Sequence[bytes]) -> Any:  # noqa: ANN401
        reflect = self._jvm.java.lang.reflect.Array
        arrays = reflect.newInstance(self._jvm.java.lang.Class.forName("[B"), len(keys))
        for index, key in enumerate(keys):
            reflect.set(arrays, index, bytearray(key))
        return arrays


@contextmanager
def open_admin() -> Iterator[HBaseAdmin]:
    """Start a JVM with HBase's client, connected as its configuration on the class path says.

    Raises:
        StoreUnavailableError: there is no ``hbase`` command, or HBase does not answer.

    """
    from py4j.java_gateway import JavaGateway, java_import
    from py4j.protocol import Py4JError, Py4JJavaError

    gateway = JavaGateway.launch_gateway(
        classpath=_class_path(), javaopts=_JAVA_OPTIONS, die_on_exit=True, redirect_stderr=subprocess.DEVNULL
    )
    try:
        for package in ("", ".client", ".regionserver"):
            java_import(gateway.jvm, f"org.apache.hadoop.hbase{package}.*")
        configuration = gateway.jvm.HBaseConfiguration.create()
        for key, value in _CLIENT_LIMITS.items():
            configuration.set(key, value)
        connection = gateway.jvm.ConnectionFactory.createConnection(configuration)
        try:
            yield HBaseAdmin(gateway.jvm, connection.getAdmin())
        finally:
            connection.close()
    except Py4JJavaError as error:
        raise StoreUnavailableError(f"HBase: {error.java_exception.toString()}") from error
    except Py4JError as error:
        raise StoreUnavailableError(f"HBase: {error}") from error
    finally:
        gateway.shutdown()


def _class_path() -> str:
    try:
        done = subprocess.run(["hbase", "classpath"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise StoreUnavailableError(
            "there is no `hbase` command on the PATH, which says where HBase's client is; add HBase's bin folder,"
            " or cluster/bin for the local cluster"
        ) from None
    except subprocess.CalledProcessError as error:
        raise StoreUnavailableError(f"`hbase classpath` failed: {error.stderr.strip()}") from None
    return done.stdout.strip()
