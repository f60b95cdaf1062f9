"""``[ranking]`` of relevance.toml: how counts become a score. Nothing that is counted hangs on it."""

from dataclasses import dataclass
from enum import StrEnum

from dealstream.domain.cuboid import Cuboid


@dataclass(frozen=True)
class Chain:
    """Cuboids from coarse to fine: the rate of each is the prior of the next. ``weight`` is a factor of log-odds."""

    cuboids: tuple[Cuboid, ...]
    weight: float

    @property
    def name(self) -> str:
        """As people read it: ``category > deal > deal,age``."""
        return " > ".join(cuboid.name for cuboid in self.cuboids)


@dataclass(frozen=True)
class Affinity:
    """How a user's own events raise deals that are alike in ``dimensions``.

    ``weights`` is what one event is worth, by the code of its type; after ``half_life_ms`` it is worth half.
    ``strength`` is the most that is added to log-odds. ``events`` is how many of the user's newest events are looked
    at.
    """

    dimensions: tuple[str, ...]
    half_life_ms: int
    strength: float
    weights: tuple[float, ...]
    events: int


class Effect(StrEnum):
    """What becomes of a deal that the user has bought already."""

    IGNORE = "ignore"
    PENALISE = "penalise"
    SUPPRESS = "suppress"


@dataclass(frozen=True)
class Bought:
    """A deal counts as bought for ``within_ms`` after the user's last conversion; ``penalty`` is in log-odds."""

    effect: Effect
    within_ms: int
    penalty: float


class Method(StrEnum):
    """How deals are tried of which little is known."""

    OFF = "off"
    THOMPSON = "thompson"


@dataclass(frozen=True)
class Exploration:
    """A deal with less than ``proven`` impressions is unproven.

    Of the first deals of a page, however many one looks at, at most the share ``cap`` is unproven (rounded up).
    """

    method: Method
    proven: int
    cap: float


@dataclass(frozen=True)
class Ranking:
    """How deals are ranked.

    ``strength`` is how many conversions a prior is worth; ``minimum`` how many impressions a bucket must have to be
    used; ``repeats`` how many conversions are counted for each impression that converts. ``base`` is the rate of what
    nothing is known of; None: measure it. ``attribution_ms`` is how long after an impression a conversion is its own.
    ``exposure`` is the cuboid, with every dimension of the chains, that tells who was shown what; None: all alike.
    """

    chains: tuple[Chain, ...]
    strength: float
    minimum: int
    repeats: float
    base: float | None
    attribution_ms: int
    affinity: Affinity
    bought: Bought
    exploration: Exploration
    exposure: Cuboid | None = None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of all chains, once each, in the order of their first occurrence."""
        return tuple(
            dict.fromkeys(name for chain in self.chains for cuboid in chain.cuboids for name in cuboid.dimensions)
        )
