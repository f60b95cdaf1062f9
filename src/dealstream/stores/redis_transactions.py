"""Optimistic transactions on slots, wherever these are: WATCH, read, decide, MULTI, write, EXEC."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import redis

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_placement import Group, Placement, SlotsElsewhereError, look_everywhere

# with two tasks flushing once a second a conflict is rare; a dozen in a row is a sick server
MAX_CONFLICTS = 12

Answer = TypeVar("Answer")


class Transaction:
    """One transaction on one group: `watch` first, then queue commands on ``pipe`` and execute it."""

    def __init__(self, placement: Placement, group: Group, pipe: Any) -> None:  # noqa: ANN401 -- redis-py half types it
        self.pipe = pipe
        self.slots: Collection[int] = ()
        self._placement = placement
        self._group = group

    def watch(self, keys: Callable[[int], Sequence[str]]) -> Mapping[str, bytes | None]:
        """Watch and read ``keys`` of each slot; ``slots`` are then those that may be changed here."""
        guards = self._placement.guards(self._group)
        names = [key for slot in self._group.slots for key in keys(slot)]
        values: list[bytes | None] = []
        if names or guards:
            self.pipe.watch(*self._placement.watched(self._group), *names)
            values = self.pipe.mget([*guards, *names])
        self.slots = self._placement.writable(self._group, values[: len(guards)])
        return dict(zip(names, values[len(guards) :], strict=True))


Work = Callable[[Transaction], Answer]


def on_every_slot(
    placement: Placement,
    slots: Iterable[int],
    work: Work[Answer],
    after: Callable[[Group, Answer], None] = lambda group, answer: None,
) -> None:
    """Do ``work`` on each slot where it is, in one transaction a group, and ``after`` each with what it answered.

    Both may be done on a slot more than once; see `look_everywhere`, which says what is raised as well.
    """

    def look(group: Group) -> Collection[int]:
        answer, changed = _optimistic(placement, group, work)
        after(group, answer)
        return changed

    look_everywhere(placement, placement.groups, slots, look)


def attempt(placement: Placement, group: Group, work: Work[Any], tries: int) -> None:
    """Do ``work`` on a group; if the slots are gone, or somebody else changes them at each try, nothing happens."""
    with suppress(SlotsElsewhereError), placement.answering(group):
        for _ in range(tries):
            with suppress(redis.WatchError), group.client.pipeline(transaction=True) as pipe:
                work(Transaction(placement, group, pipe))
                return


def _optimistic(placement: Placement, group: Group, work: Work[Answer]) -> tuple[Answer, Collection[int]]:
    """Run a transaction until nobody has changed what it watches in between; return the slots it was on, too."""
    for _ in range(MAX_CONFLICTS):
        with group.client.pipeline(transaction=True) as pipe:
            transaction = Transaction(placement, group, pipe)
            try:
                return work(transaction), transaction.slots
            except redis.WatchError:
                continue
    raise StoreUnavailableError(f"Redis at {group.name}: {MAX_CONFLICTS} conflicts in a row")
