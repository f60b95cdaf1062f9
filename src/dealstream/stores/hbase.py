"""A happybase connection that comes back: HBase's Thrift server drops idle connections and may be restarted."""

from collections.abc import Callable
from queue import Empty, LifoQueue
from typing import Any, Protocol, TypeVar

import happybase
from thriftpy2.thrift import TException

from dealstream.settings import Transport
from dealstream.stores.errors import StoreUnavailableError

Answer = TypeVar("Answer")
_BROKEN = (TException, OSError, EOFError)


class Connected(Protocol):
    """Something that has connections to HBase: one, or a pool of them."""

    def call(self, work: Callable[[Any], Answer]) -> Answer:
        """Return ``work(connection)``; it may be called twice, so ``work`` must be idempotent.

        Raises:
            StoreUnavailableError: HBase did not answer.

        """


class HBase:
    """One connection to the Thrift server at ``address`` (``host:port``), opened when first needed."""

    def __init__(self, address: str, timeout_ms: int, transport: Transport) -> None:
        self._address = address
        self._timeout_ms = timeout_ms
        self._transport = transport
        self._connection: Any = None

    def call(self, work: Callable[[Any], Answer]) -> Answer:
        """Return ``work(connection)``; on a broken connection once more on a new one, so ``work`` must be idempotent.

        Raises:
            StoreUnavailableError: that failed too.

        """
        if self._connection is not None:
            try:
                return work(self._connection)
            except _BROKEN:
                self.close()
        try:
            host, _, port = self._address.rpartition(":")
            self._connection = happybase.Connection(
                host, int(port), timeout=self._timeout_ms, transport=self._transport
            )
            return work(self._connection)
        except _BROKEN as error:
            self.close()
            raise StoreUnavailableError(f"HBase at {self._address}, {self._transport}: {error!r}") from error

    def close(self) -> None:
        """Close the connection if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class HBasePool:
    """As many connections of ``open_`` as there are threads that ask at once: one connection must not be shared."""

    def __init__(self, open_: Callable[[], HBase]) -> None:
        self._open = open_
        # the one used last is the least likely to have been dropped
        self._idle: LifoQueue[HBase] = LifoQueue()

    def call(self, work: Callable[[Any], Answer]) -> Answer:
        """Return ``work(connection)`` on a connection that nobody else uses meanwhile; see `HBase.call`."""
        try:
            hbase = self._idle.get_nowait()
        except Empty:
            hbase = self._open()
        try:
            return hbase.call(work)
        finally:
            self._idle.put(hbase)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
