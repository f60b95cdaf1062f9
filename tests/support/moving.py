"""Moving slots in tests: movers that die in between, and what must be true in the end."""

from collections.abc import Callable, Sequence
from typing import Any

from dealstream.domain.places import by_address
from dealstream.stores.resharder import Resharder
from dealstream.stores.slot_mover import Moved
from dealstream.stores.slot_servers import SlotServers
from tests.support.redis_server import RedisServer
from tests.support.redis_store import RedisStore

# a reshard does these in this order; the first six for every slot
STEPS = ("read", "fence", "copy", "verify", "seal", "announce", "save", "remove")


class Killed(BaseException):
    """The mover is no more."""


class Reshard:
    """A reshard to these servers, in which things may happen after a step was done for the n-th time."""

    def __init__(self, store: RedisStore, servers: Sequence[RedisServer]) -> None:
        self.resharder = Resharder([server.address for server in servers], store.keys, 5000)
        self.moved: list[Moved] = []

    def run(self) -> "Reshard":
        """Do it."""
        try:
            self.resharder.reshard(self.moved.append)
        finally:
            self.resharder.close()
        return self

    def after(self, step: str, time: int, happens: Callable[[], object]) -> "Reshard":
        """Let something happen after a step was done for the n-th time."""
        place: Any = self.resharder if hasattr(self.resharder, step) else self.resharder.mover
        do, times = getattr(place, step), iter(range(1, 1_000_000))

        def then(*arguments: Any) -> Any:
            answer = do(*arguments)
            if next(times) == time:
                happens()
            return answer

        setattr(place, step, then)
        return self

    def killed(self, step: str, time: int) -> "Reshard":
        """Do it, but die after that step: nothing is cleaned up then."""

        def die() -> None:
            self.resharder.mover.lift = lambda *arguments: None  # type: ignore[method-assign]
            self.resharder._lock.leave = lambda: None  # type: ignore[method-assign]
            raise Killed

        try:
            self.after(step, time, die).run()
        except Killed:
            return self
        raise AssertionError(f"there was no {time}. {step}")


def let_expire(store: RedisStore, *keys: str) -> None:
    """Let time pass until keys that expire have."""
    for server in store.servers:
        with server.client() as client:
            for key in keys:
                if client.pttl(key) > 0:
                    client.pexpire(key, 1)
                    while client.exists(key):
                        pass


def let_all_expire(store: RedisStore) -> None:
    """Let time pass until a dead mover is in nobody's way any more."""
    let_expire(store, store.keys.lock, *map(store.keys.mark, range(store.keys.slots)))


def assert_settled(store: RedisStore, servers: Sequence[RedisServer]) -> None:
    """See that every server has its share, all know it, and nothing was left behind."""
    addresses = [server.address for server in servers]
    looker = SlotServers(addresses, store.keys, 5000)
    places = looker.places()
    sizes = [len(by_address(places).get(address, [])) for address in addresses]
    assert sum(sizes) == store.keys.slots
    assert max(sizes) - min(sizes) <= 1
    texts = set()
    for server in store.servers:
        assert looker.left_behind(server.address) == {}, server.address
        with server.client() as client:
            texts.add(client.get(store.keys.places))
            assert client.get(store.keys.lock) is None
    assert len(texts) == 1
    looker.close()
