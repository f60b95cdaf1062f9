"""``/conversion`` and ``/deals/{deal}/conversion``: how buckets convert, with credible intervals."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Query
from pydantic import BaseModel

from dealstream.domain.credible import interval
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.relevance import DEAL, Relevance
from dealstream.domain.tile import Grain
from dealstream.queries.buckets import BucketReader, conversion
from dealstream.queries.window import WindowError, window_of
from dealstream.service.errors import unprocessable
from dealstream.service.forms import Id
from dealstream.service.keys import Scope, needs
from dealstream.service.stores import Stores
from dealstream.stores.counters import ALL_TIME, Tiles

Names = Annotated[str, Query(max_length=1000, description="Dimensions, with commas between.")]
Length = Annotated[str | None, Query(max_length=20, description="The last 7d, 24h ...; none is all time.")]
Limit = Annotated[int, Query(ge=1, le=10_000)]


class Bucket(BaseModel):
    """A bucket's counts. The rate is null without impressions; it lies between low and high with 95 % credibility."""

    bucket: dict[str, str]
    impressions: int
    conversions: int
    rate: float | None
    low: float
    high: float


class DealConversion(BaseModel):
    """How a deal converts by some dimensions: its buckets with the most impressions, of ``total``."""

    deal: str
    by: list[str]
    buckets: list[Bucket]
    total: int


class Conversion(BaseModel):
    """How the buckets of a cuboid convert: those with the most impressions, of ``total``."""

    by: list[str]
    buckets: list[Bucket]
    total: int


class ConversionReader:
    """Answers questions about cuboids."""

    def __init__(self, relevance: Relevance, stores: Stores, now_ms: Callable[[], int]) -> None:
        self._relevance = relevance
        self._stores = stores
        self._now_ms = now_ms

    def cuboid(self, names: list[str]) -> Cuboid:
        """Return the cuboid of these dimensions; what is not counted is the caller's mistake."""
        try:
            return self._relevance.layout.find(names)
        except KeyError as error:
            raise unprocessable(str(error.args[0])) from None

    def read(self, cuboid: Cuboid, where: Mapping[str, str], window: str | None) -> pl.DataFrame:
        """Return a row a bucket: dimensions, impressions, conversions, rate, low and high."""
        reader = BucketReader(self._relevance, self._stores.counters, self._stores.vocabulary)
        rows = conversion(reader.read(cuboid, where, self._tiles(cuboid, window)), self._relevance.types)
        impressions, conversions = (rows[name].to_numpy().astype("float64") for name in ("impressions", "conversions"))
        low, high = interval(impressions, conversions, self._relevance.ranking.repeats)
        return rows.with_columns(low=pl.Series(low, dtype=pl.Float64), high=pl.Series(high, dtype=pl.Float64))

    def _tiles(self, cuboid: Cuboid, window: str | None) -> Tiles:
        if window is None:
            if Grain.EVER not in cuboid.spec.grains:
                raise unprocessable(f"{cuboid.name} is counted by {', '.join(cuboid.spec.grains)}: give a window")
            return ALL_TIME
        now_ms = self._now_ms()
        try:
            return window_of(self._relevance, cuboid, window, now_ms, now_ms).tiles
        except (WindowError, ValueError, OverflowError) as error:
            raise unprocessable(str(error)) from None


def conversion_router(reader: ConversionReader) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["conversion"], dependencies=[needs(Scope.READ)])

    @router.get("/deals/{deal}/conversion")
    def of_deal(deal: Id, by: Names = "", window: Length = None, limit: Limit = 1000) -> DealConversion:
        """Return how a deal converts, by dimensions that are counted together with it."""
        names = _names(by)
        rows = reader.read(reader.cuboid([DEAL, *names]), {DEAL: deal}, window)
        return DealConversion(deal=deal, by=names, buckets=_buckets(rows.head(limit), names), total=len(rows))

    @router.get("/conversion")
    def of_cuboid(
        cuboid: Names,
        owner: Annotated[str | None, Query(max_length=200, description="Only this label of the first one.")] = None,
        window: Length = None,
        limit: Limit = 1000,
    ) -> Conversion:
        """Return how the buckets of a cuboid convert."""
        found = reader.cuboid(_names(cuboid))
        rows = reader.read(found, {} if owner is None else {found.owner: owner}, window)
        names = list(found.dimensions)
        return Conversion(by=names, buckets=_buckets(rows.head(limit), names), total=len(rows))

    return router


def _names(text: str) -> list[str]:
    return [name for name in map(str.strip, text.split(",")) if name]


def _buckets(rows: pl.DataFrame, names: list[str]) -> list[Bucket]:
    return [
        Bucket(
            bucket={name: row[name] for name in names},
            **{name: row[name] for name in ("impressions", "conversions", "low", "high")},
            rate=None if row["rate"] is None or math.isnan(row["rate"]) else row["rate"],
        )
        for row in rows.iter_rows(named=True)
    ]
