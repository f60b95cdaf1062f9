"""A happybase connection that comes back: HBase's Thrift server drops idle connections and may be restarted."""

from collections.abc import Callable
from typing import Any, TypeVar

import happybase
from thriftpy2.thrift import TException

from dealstream.stores.errors import StoreUnavailableError

Answer = TypeVar("Answer")
_BROKEN = (TException, OSError, EOFError)


class HBase:
    """One connection to the Thrift server at ``address`` (``host:port``), opened when first needed."""

    def __init__(self, address: str, timeout_ms: int) -> None:
        self._address = address
        self._timeout_ms = timeout_ms
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
            self._connection = happybase.Connection(host, int(port), timeout=self._timeout_ms)
            return work(self._connection)
        except _BROKEN as error:
            self.close()
            raise StoreUnavailableError(f"HBase at {self._address}: {error!r}") from error

    def close(self) -> None:
        """Close the connection if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
