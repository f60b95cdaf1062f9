"""Where the slots of the counters are: what a way of spreading them over Redis servers has to say.

There are two ways: a list of servers, sharded by the client (redis_servers), and Redis Cluster (redis_cluster). The
counters know neither; they change a group of slots at a time, and look again for those that were not where
they were believed to be.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import redis

from dealstream.domain.slots import Keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_clients import in_words

# how many keys one command reads, or names
READ_AT_ONCE = 1000
# how long to look for slots that are being moved; a batch that takes longer may as well come again
PATIENCE_S = 1.5
LOOK_AGAIN_S = 0.02


class SlotsElsewhereError(StoreUnavailableError):
    """Slots are not where they were believed to be, or are on their way: look again, a little later."""


@dataclass(frozen=True)
class Group:
    """Slots that one transaction can change: all those of a server, or on Redis Cluster one.

    ``name`` is the server's address, for errors.
    """

    name: str
    client: redis.Redis
    slots: tuple[int, ...]


class Placement(Protocol):
    """Tells where slots are, and how one notices that they are there no more."""

    def groups(self, slots: Iterable[int]) -> Sequence[Group]:
        """Return the groups that hold these slots, as far as is known now.

        Raises:
            StoreUnavailableError: nobody answers who could tell.

        """

    def servers(self) -> Sequence[Group]:
        """Return one group a server, with all of its slots; those without any too. Raises as `groups` does.

        No transaction works on such a group.
        """

    def holder(self, slot: int) -> str:
        """Return the name of the server that holds a slot, as far as is known now."""

    def guards(self, group: Group) -> Sequence[str]:
        """Return the keys of a group that a transaction has to read beside its own; see `writable`."""

    def watched(self, group: Group) -> Sequence[str]:
        """Return those of the guards without whose old value a transaction must not end."""

    def writable(self, group: Group, guards: Sequence[bytes | None]) -> Collection[int]:
        """Return the slots of the group that may be changed there, given the values of its guards."""

    def answering(self, group: Group) -> AbstractContextManager[None]:
        """Guard an access: turn Redis' errors into those of stores.

        Raises:
            SlotsElsewhereError: the slots of the group are not there (now).
            StoreUnavailableError: the server did not answer, or refused.

        """

    def read(self, places: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """Return the values of keys by (slot, key), from where the slots are.

        Raises:
            StoreUnavailableError: a server did not answer.

        """

    def ask(self, questions: Sequence[tuple[int, tuple[str, ...]]]) -> list[Any]:
        """Return the answers to commands that read keys of a slot, by (slot, command); raises as `read` does."""

    def scan(self, pattern: str) -> Iterable[str]:
        """Return the keys of that pattern, each from where its slot is; raises as `read` does."""

    def at_rest(self, keys: Keys) -> None:
        """Do nothing, unless keys of a schema are on their way from one server to another: who walks may miss them.

        Raises:
            StoreUnavailableError: they are, or a server did not answer.

        """

    def close(self) -> None:
        """Close the connections."""


@contextmanager
def answering_or_elsewhere(
    group: Group, holder: Callable[[int], str], ask_another: Callable[[str], None]
) -> Iterator[None]:
    """Turn Redis' errors into those of stores; if the server is away, another may know that the slots are elsewhere.

    ``ask_another`` takes in what a server knows that is not at an address; then ``holder`` tells.
    """
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        ask_another(group.name)
        elsewhere = any(holder(slot) != group.name for slot in group.slots)
        kind = SlotsElsewhereError if elsewhere else StoreUnavailableError
        raise kind(in_words(group.name, error)) from error
    except redis.RedisError as error:
        raise StoreUnavailableError(in_words(group.name, error)) from error


def look_everywhere(
    placement: Placement,
    groups: Callable[[Iterable[int]], Sequence[Group]],
    slots: Iterable[int],
    look: Callable[[Group], Collection[int]],
) -> None:
    """Let ``look`` have its way with each slot where it is, group by group; it returns the slots it found there.

    ``groups`` tells the groups of slots, as `Placement.groups` does.

    Slots that have gone elsewhere, or are on their way, are looked for again, for a while; so ``look`` may see
    a slot more than once.

    Raises:
        StoreUnavailableError: a server did not answer, or a slot did not come to rest in time.

    """
    left = every = list(slots)
    seen: dict[int, str] = {}
    deadline = None
    while left:
        problem: SlotsElsewhereError | None = None
        for group in groups(left):
            try:
                with placement.answering(group):
                    seen |= dict.fromkeys(look(group), group.name)
            except SlotsElsewhereError as error:
                problem = error
        if left := [slot for slot in every if seen.get(slot) != placement.holder(slot)]:
            # on a slow machine the first look alone may take longer than this
            deadline = deadline or time.monotonic() + PATIENCE_S
            if time.monotonic() >= deadline:
                raise problem or SlotsElsewhereError(f"Redis: slots {left} are being moved, and do not come to rest")
            time.sleep(LOOK_AGAIN_S)
