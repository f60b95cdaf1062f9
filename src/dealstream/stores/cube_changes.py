"""What has changed of the cubes since one last asked: the contract, and the in-memory twin. Redis' is in redis_changes.

A cube is a string that only grows between foldings, so whoever knows it needs its end only. Whether it is still the
string that one knows, its first and last known bytes tell (the first have the epoch of its folding); but a server that
was set back may hold any other string that begins alike. So that is told by slot: it must be read anew, as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from dealstream.domain.slots import Keys
from dealstream.stores.counters import MemoryCounters

# how many bytes at both ends tell whether a string is the one that was known; a cube that is there has as many
ENDS = 8


@dataclass
class Changes:
    """The ``keys`` that may have been written or removed, and the ``slots`` of which nothing is certain any more."""

    keys: set[str] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)


class Ends(NamedTuple):
    """A cube's first `ENDS` bytes, and what it has from `ENDS` bytes before a known length on; empty without a cube."""

    first: bytes
    rest: bytes


class CubeChanges(Protocol):
    """Watches the cubes of a deployment. Only one thread may use it at a time."""

    def changed(self) -> Changes:
        """Return what may have changed since the last time; at the first time, all slots.

        Where something was read before this was asked, and is not among what has changed now, what was read is what
        was there; all that was written before it is asked is told.

        Raises:
            StoreUnavailableError: a server did not answer; what it told meanwhile is told the next time.

        """

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return cubes; None where there is none.

        Raises:
            StoreUnavailableError: a server did not answer.

        """

    def ends(self, known: Sequence[tuple[str, int]]) -> list[Ends]:
        """Return the ends of cubes by their keys and known lengths, `ENDS` at least; raises as `read` does."""

    def close(self) -> None:
        """Close the connections."""


class MemoryCubeChanges:
    """Watches counters in memory."""

    def __init__(self, counters: MemoryCounters, keys: Keys) -> None:
        self._counters = counters
        self._keys = keys
        self._slots = set(range(keys.slots))
        self._before: dict[str, bytes] = {}

    def changed(self) -> Changes:
        """Compare everything; what is not a longer string now may be that of counters that were set back."""
        self._counters.expire()
        before, self._before = self._before, dict(self._counters.strings)
        changes = Changes(slots=self._slots)
        self._slots = set()
        for key in filter(self._keys.parse, before.keys() | self._before.keys()):
            was, now = before.get(key, b""), self._before.get(key, b"")
            if not now.startswith(was):
                changes.slots.add(self._keys.slot_of(key))
            elif now != was:
                changes.keys.add(key)
        return changes

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return cubes."""
        return [self._counters.strings.get(key) for key in keys]

    def ends(self, known: Sequence[tuple[str, int]]) -> list[Ends]:
        """Return the ends of cubes."""
        cubes = [(self._counters.strings.get(key, b""), length) for key, length in known]
        return [Ends(data[:ENDS], data[length - ENDS :]) for data, length in cubes]

    def close(self) -> None:
        """Close nothing."""
