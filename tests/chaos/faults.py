"""What can be done to a running pipeline, and how often each of it is done in a run."""

from dataclasses import dataclass
from enum import StrEnum

from harness.components import PYTHONS


class Action(StrEnum):
    """What is done. The `seconds` of a fault mean something else for each."""

    KILL = "kill -9"  # a service of the cluster stays away for that long; Storm sees to its own processes
    FREEZE = "freeze"  # SIGSTOP for that long, then SIGCONT
    SET_BACK = "set back"  # Redis: kill -9, and a start from a dump that old
    PROMOTE = "promote"  # Redis: kill -9, and a replica in its place that was cut off for that long
    RESUBMIT = "resubmit"  # the topology: killed, and submitted after that long


@dataclass(frozen=True)
class Fault:
    """One blow, `at` seconds after the stream began to flow; a patient one waits until it flows again."""

    at: float
    action: Action
    target: str
    seconds: float
    patient: bool = True


@dataclass(frozen=True)
class Recipe:
    """A kind of fault: what share of all faults it has, its `seconds`, and how long it is left alone afterwards.

    `seconds` are drawn between two numbers; `skew` 1 draws them evenly, more prefers the lower ones.
    """

    action: Action
    target: str
    share: int
    quiet: float
    shortest: float = 0.0
    longest: float = 0.0
    skew: float = 1.0


def _recipes() -> tuple[Recipe, ...]:
    kill, freeze, redis = Action.KILL, Action.FREEZE, ("redis-1", "redis-2")
    return (
        *(Recipe(kill, name, share=3, quiet=15) for name in (*PYTHONS, "worker")),
        *(Recipe(kill, name, share=3, quiet=4, longest=5) for name in ("supervisor", "nimbus")),
        Recipe(kill, "kafka", share=2, quiet=15, longest=5),
        Recipe(kill, "hbase", share=2, quiet=20, longest=5),
        *(Recipe(kill, name, share=4, quiet=10, longest=5) for name in redis),
        *(Recipe(Action.SET_BACK, name, share=2, quiet=25, shortest=60, longest=600, skew=3) for name in redis),
        *(Recipe(Action.PROMOTE, name, share=1, quiet=12, longest=15) for name in redis),
        *(Recipe(freeze, name, share=4, quiet=3, shortest=2, longest=10, skew=2) for name in PYTHONS),
        *(Recipe(freeze, name, share=3, quiet=3, shortest=2, longest=10, skew=2) for name in ("kafka", *redis)),
        # HBase ends itself when it has not heard from its ZooKeeper for 10 seconds
        Recipe(freeze, "hbase", share=3, quiet=3, shortest=2, longest=8, skew=2),
        Recipe(Action.RESUBMIT, "topology", share=2, quiet=25, longest=5),
    )


RECIPES = _recipes()
