"""What a process knows of where slots are, and the servers it learns that from and shares it with.

Every server holds all that was known when it last heard of anything new, so a process that reaches any of them learns
it; a server that was set back, or is new, is told by whoever notices.
"""

from collections.abc import Callable, Iterable, Sequence

import redis

from dealstream.domain.places import Place, Places, dump, merge, parse, spread
from dealstream.domain.slots import Keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import Clients, set_if, values


class KnownPlaces:
    """The places of a deployment's slots, as far as this process knows them. Read from the servers when first asked."""

    def __init__(self, clients: Clients, keys: Keys, configured: Sequence[str]) -> None:
        self._clients = clients
        self._keys = keys
        self._configured = list(configured)
        self._met = dict.fromkeys(configured)
        self._places: Places = {}
        self._text = b""
        self._unshared = False
        self._turn = 0

    def settled(self) -> Places:
        """Return the places, after the servers were told what they may not know.

        Raises:
            StoreUnavailableError: no server that answers knows, and one that may does not answer.

        """
        if not self._places and not self.ask_configured():
            self.learn(spread(self._keys.slots, self._configured))
        if self._unshared:
            self.share()
        return self._places

    def of(self, slot: int) -> Place:
        """Return the place of a slot."""
        return self._places[slot]

    @property
    def addresses(self) -> list[str]:
        """All servers that are configured, or have held a slot as long as this process remembers."""
        return list(self._met)

    def learn(self, places: Places) -> None:
        """Take in what somebody knows; what is news has to be shared."""
        merged = merge([self._places, places])
        if merged != self._places:
            self._places, self._text, self._unshared = merged, dump(merged), True
            self._met |= dict.fromkeys(place.address for place in merged.values())

    def hear(self, text: bytes | None) -> None:
        """Take in what a server knows; it may be the server that has to be told."""
        if text != self._text:
            self._unshared = True
            self.learn(parse(text))

    def share(self) -> None:
        """Tell all servers; those that do not answer are told when somebody notices that they do not know."""
        self._unshared = False
        self._each(self.addresses, self._tell)

    def ask(self, addresses: Iterable[str]) -> redis.RedisError | None:
        """Take in what these servers know; return the error of one that did not answer."""
        return self._each(addresses, lambda client: self.hear(values(client, [self._keys.places])[0]))

    def ask_another(self, address: str) -> None:
        """Take in what a server knows that is not at ``address``: each time another one's turn comes."""
        if others := [other for other in self.addresses if other != address]:
            self._turn += 1
            self.ask([others[self._turn % len(others)]])

    def ask_configured(self) -> bool:
        """Take in what the configured servers know; tell whether any does.

        Raises:
            StoreUnavailableError: none of those that answer does, and one that may does not answer.

        """
        problem = self.ask(self._configured)
        if not self._places and problem is not None:
            raise StoreUnavailableError(f"Redis: no server that answers knows where the slots are: {problem}")
        return bool(self._places)

    def _tell(self, client: redis.Redis) -> None:
        """Merge what this process and a server know, on both sides."""
        told = False
        while not told:
            [before] = values(client, [self._keys.places])
            self.learn(parse(before))
            told = before == self._text or set_if(client, self._keys.places, before, self._text)

    def _each(self, addresses: Iterable[str], do: Callable[[redis.Redis], None]) -> redis.RedisError | None:
        """Do something with every server; return an error of one. No others are tried after one that is frozen."""
        problem = None
        for address in addresses:
            try:
                do(self._clients.at(address))
            except redis.TimeoutError as error:
                return error
            except redis.RedisError as error:
                problem = error
        return problem
