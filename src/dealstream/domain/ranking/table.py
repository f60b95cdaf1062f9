"""``[ranking]`` of relevance.toml: validated, and with a default for everything it does not say."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dealstream.domain import durations
from dealstream.domain.cuboid import Cuboid, Layout
from dealstream.domain.ranking.ranking import Affinity, Bought, Chain, Effect, Exploration, Method, Ranking
from dealstream.domain.tile import Grain
from dealstream.domain.toml_table import RelevanceError, convert

_Positive = Annotated[float, Meta(gt=0)]
_Natural = Annotated[int, Meta(ge=1)]


class _ChainTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cuboids: tuple[str, ...]
    weight: _Positive | None = None


class _Affinity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dimensions: tuple[str, ...] = ("deal",)
    half_life: str = "7d"
    strength: Annotated[float, Meta(ge=0)] = 1.0
    weights: dict[str, float] | None = None
    events: _Natural = 100


class _Bought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effect: Effect = Effect.PENALISE
    within: str = "30d"
    penalty: Annotated[float, Meta(ge=0)] = 2.0


class _Exploration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: Method = Method.OFF
    proven: _Natural = 100
    cap: Annotated[float, Meta(gt=0, le=1)] = 0.2


class RankingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table as TOML has it."""

    chains: tuple[tuple[str, ...] | _ChainTable, ...] = ()
    strength: _Positive = 2.0
    minimum: _Natural = 10
    repeats: Annotated[float, Meta(ge=1)] = 1.0
    base: Annotated[float, Meta(gt=0, lt=1)] | None = None
    attribution: str = "1d"
    affinity: _Affinity = _Affinity()
    bought: _Bought = _Bought()
    exploration: _Exploration = _Exploration()
    exposure: str | None = None


def parse_ranking(
    table: Mapping[str, Any] | None, layout: Layout, dimensions: Mapping[str, object], types: Sequence[str]
) -> Ranking:
    """Return what a ``[ranking]`` says; None is one that says nothing.

    ``types`` are the event types: the impression first, then the conversion.

    Raises:
        RelevanceError: a key is unknown, of the wrong type, or names what is not there.

    """
    raw = convert(table or {}, RankingTable, ("ranking",))
    chains = tuple(_chain(layout, index, entry, len(raw.chains)) for index, entry in enumerate(raw.chains))
    chains = chains or default_chains(layout)
    return Ranking(
        chains=chains,
        strength=raw.strength,
        minimum=raw.minimum,
        repeats=raw.repeats,
        base=raw.base,
        attribution_ms=_milliseconds(("ranking", "attribution"), raw.attribution),
        affinity=_affinity(raw.affinity, dimensions, types),
        bought=Bought(
            raw.bought.effect, _milliseconds(("ranking", "bought", "within"), raw.bought.within), raw.bought.penalty
        ),
        exploration=Exploration(raw.exploration.method, raw.exploration.proven, raw.exploration.cap),
        exposure=None if raw.exposure is None else _exposure(layout, raw.exposure, chains),
    )


def default_chains(layout: Layout) -> tuple[Chain, ...]:
    """Return a chain for each finest cuboid with the deal (or, if there is none, each finest cuboid).

    It leads there by the cuboids of fewer dimensions that are among its own: deal, then deal and age, then ...
    """
    counted = [cuboid for cuboid in layout.cuboids if Grain.EVER in cuboid.spec.grains]
    of_deals = [cuboid for cuboid in counted if "deal" in cuboid.dimensions] or counted
    sets = [frozenset(cuboid.dimensions) for cuboid in of_deals]
    finest = [cuboid for cuboid, own in zip(of_deals, sets, strict=True) if not any(own < other for other in sets)]
    return tuple(Chain(_nested(of_deals, cuboid), 1 / len(finest)) for cuboid in finest)


def _nested(cuboids: Sequence[Cuboid], finest: Cuboid) -> tuple[Cuboid, ...]:
    chain: list[Cuboid] = []
    for cuboid in sorted(cuboids, key=lambda cuboid: len(cuboid.dimensions)):
        own = set(cuboid.dimensions)
        if own <= set(finest.dimensions) and (not chain or own > set(chain[-1].dimensions)):
            chain.append(cuboid)
    return tuple(chain)


def _chain(layout: Layout, index: int, entry: tuple[str, ...] | _ChainTable, number: int) -> Chain:
    path = ("ranking", "chains", index)
    names, weight = (entry.cuboids, entry.weight) if isinstance(entry, _ChainTable) else (entry, None)
    cuboids = [_cuboid(layout, path, name) for name in names]
    if not cuboids or len(set(cuboids)) != len(cuboids):
        raise RelevanceError(path, "a chain needs one cuboid or more, each once")
    return Chain(tuple(cuboids), 1 / number if weight is None else weight)


def _exposure(layout: Layout, name: str, chains: Sequence[Chain]) -> Cuboid:
    path = ("ranking", "exposure")
    cuboid = _cuboid(layout, path, name)
    lacking = {each for chain in chains for other in chain.cuboids for each in other.dimensions} - {*cuboid.dimensions}
    if lacking:
        raise RelevanceError(path, f"{cuboid.name} lacks {', '.join(sorted(lacking))}, which the chains have")
    return cuboid


def _cuboid(layout: Layout, path: tuple[str | int, ...], name: str) -> Cuboid:
    try:
        cuboid = layout.find([part.strip() for part in name.split(",")])
    except KeyError as error:
        raise RelevanceError(path, str(error.args[0])) from None
    if Grain.EVER not in cuboid.spec.grains:
        raise RelevanceError(path, f"{cuboid.name} is not counted for ever")
    return cuboid


def _affinity(raw: _Affinity, dimensions: Mapping[str, object], types: Sequence[str]) -> Affinity:
    path = ("ranking", "affinity")
    for name in raw.dimensions:
        if name not in dimensions:
            raise RelevanceError((*path, "dimensions"), f"no dimension is called {name!r}")
    half_life_ms = _milliseconds((*path, "half_life"), raw.half_life)
    given = {name: 1.0 for name in types[1:]} if raw.weights is None else raw.weights
    for name in given:
        if name not in types:
            raise RelevanceError((*path, "weights"), f"no event type is called {name!r}")
    weights = tuple(given.get(name, 0.0) for name in types)
    return Affinity(tuple(dict.fromkeys(raw.dimensions)), half_life_ms, raw.strength, weights, raw.events)


def _milliseconds(path: tuple[str, ...], value: str) -> int:
    try:
        found = durations.seconds(value)
    except ValueError as error:
        raise RelevanceError(path, str(error)) from None
    if not found:
        raise RelevanceError(path, "it must be longer than nothing")
    return found * 1000
