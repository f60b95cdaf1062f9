"""The dimensions of relevance.toml: one table each, of one of four kinds."""

import re
from collections import Counter
from collections.abc import Mapping

import msgspec

from dealstream.domain.dimension import Banded, Dimension, Distance, Listed, Open
from dealstream.domain.relevance import DEAL, EventFields
from dealstream.domain.toml_table import RelevanceError, convert

# `deal` is there already; the others are what buckets hold beside their labels
_RESERVED = frozenset((DEAL, "type", "count"))
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class _DimensionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str | None = None
    values: tuple[str, ...] | None = None
    capacity: int | None = None
    edges: tuple[float, ...] | None = None
    origin: tuple[str, str] | None = None
    destination: tuple[str, str] | None = None


def parse_dimension(name: str, table: object) -> Dimension:
    """Return the dimension that a table describes.

    Raises:
        RelevanceError: it describes none.

    """
    path = ("dimensions", name)
    entry = convert(table, _DimensionTable, path)
    if name in _RESERVED or not NAME.fullmatch(name):
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


def check_fields(event: EventFields, dimensions: Mapping[str, Dimension]) -> None:
    """Refuse what would need one JSON field to be of two kinds, by a RelevanceError."""
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
