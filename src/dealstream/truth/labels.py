"""Labels as polars expressions: what each event's value of a dimension is called.

Written from the rules, not from the code that counts: null or missing is ``unknown``; a value that is not listed is
``other``; edges 10, 25 give ``<10``, ``10-25`` and ``>=25``, and an edge belongs to the band above it. As labels of a
plain field, floats below 0.0001 or beyond 2^53 are outside the rules: no two programs write them alike.
"""

from collections.abc import Sequence

import polars as pl

from dealstream.domain.dimension import Banded, Dimension, Distance, Listed, Open

_EARTH_RADIUS_KM = 6371.0088


def schema(dimension: Dimension) -> dict[str, type[pl.DataType]]:
    """Return how the dimension's JSON fields are read; as text, polars writes 2.0 as ``2`` and true as ``true``."""
    form = pl.Float64 if isinstance(dimension, Banded | Distance) else pl.String
    return dict.fromkeys(dimension.fields, form)


def label(dimension: Dimension) -> pl.Expr:
    """Return the expression of the dimension's label, under the dimension's name."""
    match dimension:
        case Open(field=field):
            expression = pl.col(field).fill_null("unknown").cast(pl.Categorical)
        case Listed(field=field, values=values):
            expression = _listed(pl.col(field), values)
        case Banded(field=field, edges=edges):
            expression = _band(pl.col(field), edges)
        case Distance(edges=edges):
            expression = _band(_kilometres(*map(pl.col, dimension.fields)), edges)
        case _:
            raise TypeError(f"no rule for the labels of {dimension}")
    return expression.alias(dimension.name)


def _listed(value: pl.Expr, values: Sequence[str]) -> pl.Expr:
    names = ["unknown", *values, "other"]
    value = value.fill_null("unknown")
    return pl.when(value.is_in(names)).then(value).otherwise(pl.lit("other")).cast(pl.Enum(names))


def _band(number: pl.Expr, edges: Sequence[float]) -> pl.Expr:
    ends = [str(int(edge)) if edge == int(edge) else str(edge) for edge in edges]
    bands = [f"<{ends[0]}", *map("{}-{}".format, ends[:-1], ends[1:]), f">={ends[-1]}"]
    band = number.bin_intervals([float(edge) for edge in edges], labels=bands)
    return band.cast(pl.Enum(["unknown", *bands])).fill_null("unknown")


def _kilometres(lat1: pl.Expr, lon1: pl.Expr, lat2: pl.Expr, lon2: pl.Expr) -> pl.Expr:
    """Return the great-circle distance of two points given in degrees (haversine)."""
    across = ((lat2 - lat1).radians() / 2).sin() ** 2
    along = ((lon2 - lon1).radians() / 2).sin() ** 2
    chord = across + lat1.radians().cos() * lat2.radians().cos() * along
    return chord.clip(upper_bound=1).sqrt().arcsin() * (2 * _EARTH_RADIUS_KM)
