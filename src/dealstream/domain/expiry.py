"""Which keys have to be told when they expire: each once, not at every write."""

from collections.abc import Iterable, Iterator

from dealstream.domain.flush import Append, Plan
from dealstream.domain.ranges import Applied, Ranges

# forgetting them all now and then costs telling them once more
REMEMBERED = 200_000


class Expiries:
    """Remembers which keys were told their expiry by this process.

    A key is told in the transaction that writes it first, so no key can be left without an end. A server that was set
    back may have forgotten a key that was told. It has then forgotten ranges too, those that were counted with the key:
    `seen` notices that, before anything is written, and all are told again. So does `made_again`, afterwards: what
    another process lost, and counts again here, need not be a loss to this one.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._counted: dict[tuple[int, int], Ranges] = {}

    def seen(self, have: Applied) -> None:
        """Take in what slots have counted, as read in the transaction that is to come."""
        if any(_lacks(ranges, self._counted.get(place, Ranges())) for place, ranges in have.items()):
            self._told.clear()
        self._counted |= have

    def untold(self, plan: Plan) -> list[tuple[str, int]]:
        """Return the keys of a plan to be told, with the seconds since 1970 at which they expire."""
        return [(key, at) for key, at in _expiring(plan) if key not in self._told]

    def told(self, keys: Iterable[tuple[str, int]], plan: Plan) -> None:
        """Note that this was done, together with the plan."""
        self._counted |= plan.applied
        if len(self._told) > REMEMBERED:
            self._told.clear()
        self._told.update(key for key, _ in keys)

    def made_again(self, plan: Plan, told: Iterable[tuple[str, int]], lengths: Iterable[int]) -> list[tuple[str, int]]:
        """Return the keys to tell once more after a plan: none, unless a cube was new that had been told before.

        ``told`` are those that were told with the plan, ``lengths`` those of its cubes afterwards.
        """
        fresh = {key for key, _ in told}
        grown = zip(plan.appends, lengths, strict=True)
        if not any(_is_new(append, length) and append.key not in fresh for append, length in grown):
            return []
        self._told.clear()
        return [(key, at) for key, at in _expiring(plan) if key not in fresh]


def _lacks(have: Ranges, before: Ranges) -> bool:
    """Tell whether a slot has less than before; nearly always it has counted on from a single range."""
    if len(before.starts) <= 1 and before.watermark <= have.watermark and (before.watermark or not before):
        return False
    return bool(before.without(have))


def _is_new(append: Append, length: int) -> bool:
    return append.expires_at is not None and length == len(append.entries)


def _expiring(plan: Plan) -> Iterator[tuple[str, int]]:
    for key, _, at in (*plan.appends, *plan.visitors):
        if at is not None:
            yield key, at
