"""Event times as polars expressions, and the tiles they lie in."""

from datetime import UTC, datetime

import polars as pl

from dealstream.domain.tile import Grain

_STEPS = {Grain.DAY: ("1d", "%Y-%m-%d"), Grain.HOUR: ("1h", "%Y-%m-%dT%H")}


def milliseconds(field: str) -> pl.Expr:
    """Return the times of a field that was read as text: milliseconds since 1970, or ISO 8601 (without zone: UTC)."""
    text = pl.col(field)
    number = text.cast(pl.Int64, strict=False).fill_null(text.cast(pl.Float64, strict=False).floor().cast(pl.Int64))
    return number.fill_null(text.map_elements(_of_iso, return_dtype=pl.Int64, skip_nulls=True))


def tile(grain: Grain) -> pl.Expr:
    """Return the name of the tile in which the milliseconds in column ``time`` lie: ``2026-11-25`` or ``…T14``."""
    step, form = _STEPS[grain]
    return pl.from_epoch("time", time_unit="ms").dt.truncate(step).dt.strftime(form)


def _of_iso(text: str) -> int | None:
    if text.replace(".", "", 1).replace("e", "", 1).isdigit():
        return None
    moment = datetime.fromisoformat(text)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - epoch
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
