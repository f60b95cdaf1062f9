"""relevance.toml: `parse` takes its table as TOML (or JSON) has it and returns a `Relevance`, or says what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dealstream.domain import durations
from dealstream.domain.budget import MAX_DEALS, Budget
from dealstream.domain.cuboid import CuboidSpec, Layout
from dealstream.domain.dimension import Dimension, Open
from dealstream.domain.dimension_table import NAME, check_fields, parse_dimension
from dealstream.domain.ranking.table import parse_ranking
from dealstream.domain.relevance import DEAL, PAGE, EventFields, EventTypes, Relevance, Storage
from dealstream.domain.tile import Grain, in_order
from dealstream.domain.toml_table import RelevanceError, convert

# of one owner: a reader asks for all of them
MAX_PAGES = 512


class _CuboidTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dimensions: tuple[str, ...]
    tiles: tuple[Grain, ...] = (Grain.EVER,)
    users: bool = False


class _Tiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    day: str | None = None
    hour: str | None = None


class _Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_age: str | None = None
    max_ahead: str | None = None


class _UserEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ttl: str | None = None
    regions: int = 4


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    types: EventTypes
    cuboids: tuple[tuple[str, ...] | _CuboidTable, ...]
    event: EventFields = EventFields()
    bounds: _Bounds = _Bounds()
    tiles: _Tiles = _Tiles()
    dimensions: dict[str, dict[str, Any]] = {}
    user_events: _UserEvents = _UserEvents()
    slots: int = 64
    layout: Storage = Storage.CUBE
    report: tuple[tuple[str, ...], ...] = ()
    budget: Budget | None = None
    ranking: dict[str, Any] | None = None


def parse(table: Mapping[str, Any]) -> Relevance:
    """Validate the table of a relevance.toml.

    Raises:
        RelevanceError: a key is missing, unknown, of the wrong type, or contradicts another.

    """
    raw = convert(table, _Table, ())
    _check_names(raw)
    dimensions: dict[str, Dimension] = {DEAL: Open(DEAL, raw.event.deal, capacity=MAX_DEALS)}
    for name, entry in raw.dimensions.items():
        dimensions[name] = parse_dimension(name, entry)
    check_fields(raw.event, dimensions)
    specs = [_spec(index, entry) for index, entry in enumerate(raw.cuboids)]
    _check_cuboids(specs, dimensions)
    retention = _retention(raw.tiles, specs)
    try:
        layout = Layout.of(specs, dimensions, len(raw.types.names))
    except ValueError as error:
        raise RelevanceError(("cuboids",), str(error)) from None
    _check_pages(raw.layout, layout)
    return Relevance(
        name=raw.name,
        event=raw.event,
        types=raw.types,
        dimensions=dimensions,
        layout=layout,
        slots=raw.slots,
        counters=raw.layout,
        max_age_ms=_milliseconds(("bounds", "max_age"), raw.bounds.max_age),
        max_ahead_ms=_milliseconds(("bounds", "max_ahead"), raw.bounds.max_ahead),
        retention=retention,
        ttl_seconds=_seconds(("user_events", "ttl"), raw.user_events.ttl),
        regions=raw.user_events.regions,
        report=_report(raw, layout),
        budget=raw.budget,
        ranking=parse_ranking(raw.ranking, layout, dimensions, raw.types.names),
        table=table,
    )


def _check_pages(wanted: Storage, layout: Layout) -> None:
    """Refuse packed hashes for owners whose buckets may lie on too many pages to ask for each of them."""
    for owner in layout.owners:
        if wanted is Storage.HASH and layout.width(owner) > MAX_PAGES * PAGE:
            problem = (
                f"{owner!r} can have {layout.width(owner):,} buckets, too many for packed hashes: use cubes, or give"
            )
            raise RelevanceError(("layout",), f"{problem} open dimensions a smaller capacity")


def _report(raw: _Table, layout: Layout) -> tuple[str, ...]:
    """Return the names of the cuboids that `dealstream report` prints: those chosen, or the first two."""
    try:
        chosen = [layout.find(names) for names in raw.report]
    except KeyError as error:
        raise RelevanceError(("report",), str(error.args[0])) from None
    for cuboid in chosen:
        if Grain.EVER not in cuboid.spec.grains:
            raise RelevanceError(("report",), f"{cuboid.name} is not counted for ever")
    of_all_time = [cuboid for cuboid in layout.cuboids if Grain.EVER in cuboid.spec.grains]
    return tuple(cuboid.name for cuboid in chosen or of_all_time[:2])


def _check_names(raw: _Table) -> None:
    if not NAME.fullmatch(raw.name):
        raise RelevanceError(
            ("name",), f"{raw.name!r} is not a letter followed by letters, digits and _, in lower case"
        )
    if len(set(raw.types.names)) != len(raw.types.names):
        raise RelevanceError(("types",), "an event type is listed twice")
    if not 1 <= raw.slots <= 16384:
        raise RelevanceError(("slots",), f"{raw.slots} is not between 1 and 16384")
    if not 1 <= raw.user_events.regions <= 256:
        raise RelevanceError(("user_events", "regions"), f"{raw.user_events.regions} is not between 1 and 256")


def _spec(index: int, entry: tuple[str, ...] | _CuboidTable) -> CuboidSpec:
    if not isinstance(entry, _CuboidTable):
        return CuboidSpec(entry)
    if not entry.tiles:
        raise RelevanceError(("cuboids", index), "tiles must hold one or more of ever, day and hour")
    return CuboidSpec(entry.dimensions, in_order(entry.tiles), entry.users)


def _retention(tiles: _Tiles, specs: Sequence[CuboidSpec]) -> dict[Grain, int]:
    """Return for how many seconds tiles are kept; each grain that is counted must say."""
    kept = {Grain.DAY: _seconds(("tiles", "day"), tiles.day), Grain.HOUR: _seconds(("tiles", "hour"), tiles.hour)}
    for index, spec in enumerate(specs):
        for grain in spec.grains:
            if grain is not Grain.EVER and kept[grain] is None:
                problem = f"it is counted by {grain}: say how long such tiles are kept, in [tiles] as {grain} = ..."
                raise RelevanceError(("cuboids", index), problem)
    return {grain: seconds for grain, seconds in kept.items() if seconds is not None}


def _check_cuboids(cuboids: Sequence[CuboidSpec], dimensions: Mapping[str, Dimension]) -> None:
    if not cuboids:
        raise RelevanceError(("cuboids",), "there must be at least one cuboid")
    seen: set[frozenset[str]] = set()
    for index, spec in enumerate(cuboids):
        names = spec.dimensions
        for name in names:
            if name not in dimensions:
                raise RelevanceError(("cuboids", index), f"no dimension is called {name!r}")
        if not names or len(set(names)) != len(names):
            raise RelevanceError(("cuboids", index), "a cuboid needs one dimension or more, each once")
        if frozenset(names) in seen:
            raise RelevanceError(("cuboids", index), f"{' x '.join(names)} is counted already")
        seen.add(frozenset(names))


def _seconds(path: tuple[str, ...], value: str | None) -> int | None:
    if value is None:
        return None
    try:
        return durations.seconds(value)
    except ValueError as error:
        raise RelevanceError(path, str(error)) from None


def _milliseconds(path: tuple[str, ...], value: str | None) -> int | None:
    length = _seconds(path, value)
    return None if length is None else length * 1000
