"""The lock of whoever moves slots: a key on every server, which expires unless it is renewed."""

from collections.abc import Iterable

from dealstream.domain.slots import Keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients, answering, set_if

LOCK_MS = 30_000


class SlotLock:
    """The lock of one process, which has a token of its own."""

    def __init__(self, clients: Clients, keys: Keys, token: str) -> None:
        self._clients = clients
        self._key = keys.lock
        self._token = token.encode()
        self._held: list[str] = []

    def take(self, addresses: Iterable[str]) -> None:
        """Lock these servers, all or none.

        Raises:
            StoreUnavailableError: somebody else has locked one, or it does not answer.

        """
        for address in addresses:
            if not self._set(address, None):
                self.leave()
                raise StoreUnavailableError(
                    f"another `dealstream reshard` is under way, says Redis at {address}, or died less than"
                    f" {LOCK_MS // 1000} s ago; try again then"
                )
            self._held.append(address)

    def renew(self) -> None:
        """Hold it for longer.

        Raises:
            StoreUnavailableError: it is lost, or a server does not answer.

        """
        for address in self._held:
            if not self._set(address, self._token):
                raise StoreUnavailableError(f"Redis at {address} has forgotten who moves slots; run this again")

    def leave(self) -> None:
        """Unlock; where a server does not answer, the lock expires."""
        while self._held:
            address = self._held.pop()
            try:
                self._set(address, self._token, expires_ms=1)
            except StoreUnavailableError:
                continue

    def _set(self, address: str, before: bytes | None, expires_ms: int = LOCK_MS) -> bool:
        with answering(address):
            return set_if(self._clients.at(address), self._key, before, self._token, expires_ms)
