"""Which keys have to be told when they expire: each once, not at every write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dealstream.domain.slots import Keys

# forgetting them all now and then costs telling them once more
REMEMBERED = 200_000
# no two clocks differ by so much
CLOSE_S = 3600


class Expiring(NamedTuple):
    """A key, and when it expires, in seconds since 1970."""

    key: str
    at: int


@dataclass(frozen=True)
class Telling:
    """What has to be done in one transaction: tell these keys, and let the witnesses, by key, have these values."""

    keys: list[Expiring]
    witnesses: dict[str, bytes]


class Expiries:
    """Remembers which keys were told their expiry by this process.

    A key is told in the transaction that writes it first, so no key is ever without an end. But a server that is set
    back may forget a key that was told; when that is counted again it has to be told again. So a transaction that
    tells leaves a *witness* in each slot where it does: a key of the process' own, with a value that it never had
    before. Every transaction reads the witnesses first. One that is not as this process left it has gone back in time,
    and what was told with it too; if none has, all is as it was told.

    A key that is close to its end is told each time: by the clock of its server it may have been gone already.
    """

    def __init__(self, keys: Keys, process: str) -> None:
        """Serve the process of this name, which no other may have, nor have had."""
        self._keys = keys
        self._process = process
        self._told: set[str] = set()
        self._witnesses: dict[str, bytes] = {}
        self._tellings = 0

    def witness(self, slot: int) -> list[str]:
        """Return the key of the witness in a slot; nothing if none was left there."""
        key = self._keys.witness(slot, self._process)
        return [key] if key in self._witnesses else []

    def seen(self, found: Mapping[str, bytes | None]) -> None:
        """Take in what keys, the witnesses among them, hold before the transaction that is to come."""
        lost = [key for key, value in self._witnesses.items() if key in found and found[key] != value]
        for key in lost:
            del self._witnesses[key]
        if lost or len(self._told) > REMEMBERED:
            self._told.clear()

    def telling(self, written: Iterable[Expiring], now_s: float) -> Telling:
        """Return what to do about the keys that a transaction writes."""
        untold = [each for each in written if each.key not in self._told or each.at < now_s + CLOSE_S]
        self._tellings += 1
        slots = {self._keys.slot_of(each.key) for each in untold}
        value = str(self._tellings).encode()
        return Telling(untold, {self._keys.witness(slot, self._process): value for slot in slots})

    def told(self, telling: Telling) -> None:
        """Note that it was done; of what may or may not have been done, note nothing."""
        self._witnesses |= telling.witnesses
        self._told.update(each.key for each in telling.keys)
