"""relevance.toml: `parse` takes its table as TOML (or JSON) has it and returns a `Relevance`, or says what is wrong."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from dealstream.domain import durations
from dealstream.domain.budget import Budget, decode
from dealstream.domain.cuboid import CuboidSpec, Layout
from dealstream.domain.dimension import Banded, Dimension, Distance, Listed, Open
from dealstream.domain.relevance import DEAL, EventFields, EventTypes, Relevance
from dealstream.domain.tile import Grain, in_order

# `deal` is there already; the others are what buckets hold beside their labels
_RESERVED = frozenset((DEAL, "type", "count"))
_T = TypeVar("_T")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class RelevanceError(ValueError):
    """A key of relevance.toml is wrong; ``path`` leads to it, such as ``("dimensions", "price", "edges")``."""

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {problem}")
        self.path = path
        self.problem = problem


class _DimensionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str | None = None
    values: tuple[str, ...] | None = None
    capacity: int | None = None
    edges: tuple[float, ...] | None = None
    origin: tuple[str, str] | None = None
    destination: tuple[str, str] | None = None


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
    report: tuple[tuple[str, ...], ...] = ()
    budget: Budget | None = None


def parse(table: Mapping[str, Any]) -> Relevance:
    """Validate the table of a relevance.toml.

    Raises:
        RelevanceError: a key is missing, unknown, of the wrong type, or contradicts another.

    """
    raw = _convert(table, _Table, ())
    _check_names(raw)
    dimensions: dict[str, Dimension] = {DEAL: Open(DEAL, raw.event.deal, capacity=1 << 22)}
    for name, entry in raw.dimensions.items():
        dimensions[name] = _dimension(name, _convert(entry, _DimensionTable, ("dimensions", name)))
    _check_fields(raw.event, dimensions)
    specs = [_spec(index, entry) for index, entry in enumerate(raw.cuboids)]
    _check_cuboids(specs, dimensions)
    retention = _retention(raw.tiles, specs)
    try:
        layout = Layout.of(specs, dimensions, len(raw.types.names))
    except ValueError as error:
        raise RelevanceError(("cuboids",), str(error)) from None
    return Relevance(
        name=raw.name,
        event=raw.event,
        types=raw.types,
        dimensions=dimensions,
        layout=layout,
        slots=raw.slots,
        max_age_ms=_milliseconds(("bounds", "max_age"), raw.bounds.max_age),
        max_ahead_ms=_milliseconds(("bounds", "max_ahead"), raw.bounds.max_ahead),
        retention=retention,
        ttl_seconds=_seconds(("user_events", "ttl"), raw.user_events.ttl),
        regions=raw.user_events.regions,
        report=_report(raw, layout),
        budget=raw.budget,
        table=table,
    )


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
    if not _NAME.fullmatch(raw.name):
        raise RelevanceError(
            ("name",), f"{raw.name!r} is not a letter followed by letters, digits and _, in lower case"
        )
    if len(set(raw.types.names)) != len(raw.types.names):
        raise RelevanceError(("types",), "an event type is listed twice")
    if not 1 <= raw.slots <= 16384:
        raise RelevanceError(("slots",), f"{raw.slots} is not between 1 and 16384")
    if not 1 <= raw.user_events.regions <= 256:
        raise RelevanceError(("user_events", "regions"), f"{raw.user_events.regions} is not between 1 and 256")


def _dimension(name: str, entry: _DimensionTable) -> Dimension:
    path = ("dimensions", name)
    if name in _RESERVED or not _NAME.fullmatch(name):
        raise RelevanceError(path, "a name is lower-case letters, digits and _, and not deal, type or count")
    given = {key for key in entry.__struct_fields__ if getattr(entry, key) is not None}
    if entry.edges is not None and (not entry.edges or list(entry.edges) != sorted(set(entry.edges))):
        raise RelevanceError((*path, "edges"), "edges must be there and rise")
    match entry:
        case _DimensionTable(origin=(_, _) as origin, destination=(_, _) as destination, edges=tuple() as edges) if (
            given == {"origin", "destination", "edges"}
        ):
            return Distance(name, origin, destination, edges)
        case _DimensionTable(field=str(field), edges=tuple() as edges) if given == {"field", "edges"}:
            return Banded(name, field, edges)
        case _DimensionTable(field=str(field), values=tuple() as values) if given == {"field", "values"}:
            return _listed(path, name, field, values)
        case _DimensionTable(field=str(field)) if given <= {"field", "capacity"}:
            return _open(path, name, field, entry.capacity)
    raise RelevanceError(path, "give field; or field and values; or field and edges; or origin, destination and edges")


def _listed(path: tuple[str, ...], name: str, field: str, values: tuple[str, ...]) -> Listed:
    if not values or len({*values, "unknown", "other"}) != len(values) + 2:
        raise RelevanceError((*path, "values"), "values must be there, differ, and not be `unknown` or `other`")
    return Listed(name, field, values)


def _open(path: tuple[str, ...], name: str, field: str, capacity: int | None) -> Open:
    if capacity is not None and not 1 <= capacity < 1 << 22:
        raise RelevanceError((*path, "capacity"), f"{capacity} is not between 1 and {1 << 22}")
    return Open(name, field, 4096 if capacity is None else capacity)


def _check_fields(event: EventFields, dimensions: Mapping[str, Dimension]) -> None:
    """Refuse what would need one JSON field to be of two kinds."""
    for field, times in Counter(msgspec.structs.astuple(event)).items():
        if times > 1:
            raise RelevanceError(("event",), f"{field!r} is the field of two things")
    texts = {event.id, event.type, event.user, event.deal}
    numbers = {field for d in dimensions.values() if isinstance(d, Banded | Distance) for field in d.fields}
    for name, dimension in dimensions.items():
        if event.time in dimension.fields:
            raise RelevanceError(("dimensions", name), "the time is no dimension; put its hour or day into a field")
        if isinstance(dimension, Banded | Distance) and texts & set(dimension.fields):
            raise RelevanceError(("dimensions", name), "an event's id, type, user or deal can't be cut into bands")
    for name, dimension in dimensions.items():
        if isinstance(dimension, Open | Listed) and dimension.field in numbers:
            raise RelevanceError(
                ("dimensions", name, "field"), f"{dimension.field!r} is a number in another dimension, and plain here"
            )


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


def _convert(table: object, form: type[_T], path: tuple[str | int, ...]) -> _T:
    """Check the types of ``table``; msgspec says where it is wrong as ``... - at `$.event.id[0]` ``."""
    try:
        return msgspec.convert(table, form, dec_hook=decode)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", place)
        raise RelevanceError((*path, *(key or int(index) for key, index in steps)), problem) from None
