"""When the stream flows again after a fault.

A fault's end is the moment at which both stores have something that was sent after it, from every partition: its
committed offset and all of its watermarks lie beyond the end that the log had just after the fault. A slot that was
set back has then been counted anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.faults import Fault


@dataclass
class Blow:
    """A fault as it happened; times are seconds since the stream began, `flowed` None while it has not."""

    fault: Fault
    at: float | None = None
    told: list[str] = field(default_factory=list)
    flowed: float | None = None
    disturbed: bool = False

    @property
    def seconds(self) -> float | None:
        """How long the stream took to flow again."""
        return None if self.at is None or self.flowed is None else self.flowed - self.at

    def as_dict(self) -> dict[str, Any]:
        """Return it for a JSON file."""
        return {
            "planned": self.fault.at,
            "action": self.fault.action.value,
            "target": self.fault.target,
            "seconds": self.fault.seconds,
            "at": self.at,
            "told": self.told,
            "flowed_after": self.seconds,
            "disturbed": self.disturbed,
        }


class Flow:
    """Follows the blows until the stream has flowed again after each."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Blow, Mapping[int, int] | None]] = {}

    @property
    def flowing(self) -> bool:
        """Whether the stream has flowed since the last blow."""
        return not self._open

    def begin(self, blow: Blow, now: float) -> None:
        """Note that a blow falls; those whose stream has not flowed again yet are disturbed by it, and it by them."""
        blow.at = now
        for other, _ in self._open.values():
            other.disturbed = blow.disturbed = True
        self._open[id(blow)] = (blow, None)

    def see(self, asked: float, now: float, ends: Mapping[int, int], reached: Mapping[int, int]) -> None:
        """Take in the log's ends, and by partition the offset below which both stores have everything.

        Both were asked for at `asked`, and known at `now`.
        """
        for key, (blow, goals) in list(self._open.items()):
            if goals is None:
                if blow.at is not None and asked >= blow.at:
                    self._open[key] = (blow, dict(ends))
            elif all(reached.get(partition, 0) > goal for partition, goal in goals.items()):
                blow.flowed = now
                self._open.pop(key, None)

    def catch_up(self, now: float) -> None:
        """Note that both stores have all there is: whatever was open, the stream has flowed."""
        for blow, _ in self._open.values():
            blow.flowed = now
        self._open.clear()
