"""What a spout has in flight of one partition, and what may be committed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Message = TypeVar("Message")

# a batch waits longer each time it fails: a store that comes back is not met by everything at once, again and again
RETRY_MS = 1000
MAX_RETRY_MS = 8000


@dataclass
class InFlight(Generic[Message]):
    """The batches of one partition between emit and ack, in the order of the log.

    ``position`` is the offset at which everything emitted ends; `committable` the offset below which everything is
    acked. A failed batch keeps its message: it is emitted again as it was.
    """

    position: int
    _open: dict[int, tuple[int, Message]] = field(default_factory=dict)
    _done: dict[int, int] = field(default_factory=dict)
    _retries: dict[int, float] = field(default_factory=dict)
    _failures: Counter[int] = field(default_factory=Counter)
    _committable: int = -1

    def __post_init__(self) -> None:
        """Start with nothing in flight."""
        self._committable = self.position

    def __len__(self) -> int:
        return len(self._open)

    @property
    def committable(self) -> int:
        """Every batch below this offset is acked."""
        return self._committable

    def emitted(self, first: int, next_: int, message: Message) -> None:
        """Note that the batch ``[first, next_)`` was emitted.

        Raises:
            ValueError: it does not start where the last one ended.

        """
        if first != self.position or next_ <= first:
            raise ValueError(f"[{first}, {next_}) does not follow {self.position}")
        self._open[first] = (next_, message)
        self.position = next_

    def acked(self, first: int) -> None:
        """Note an ack; one of a batch that is not in flight (acked before, or from before a seek) changes nothing."""
        if first not in self._open:
            return
        self._done[first] = self._open.pop(first)[0]
        self._failures.pop(first, None)
        while self._committable in self._done:
            self._committable = self._done.pop(self._committable)

    def failed(self, first: int, now_ms: float) -> None:
        """Note that a batch failed at ``now_ms``; it is `due` again in RETRY_MS, later each time, MAX_RETRY_MS at most.

        Unknown ones change nothing.
        """
        if first in self._open:
            self._retries[first] = now_ms + min(RETRY_MS << min(self._failures[first], 16), MAX_RETRY_MS)
            self._failures[first] += 1

    def due(self, now_ms: float) -> list[tuple[int, Message]]:
        """Take the failed batches that are due: each as its first offset and the message to emit again."""
        firsts = [first for first, at_ms in self._retries.items() if at_ms <= now_ms]
        for first in firsts:
            del self._retries[first]
        return [(first, self._open[first][1]) for first in firsts if first in self._open]
