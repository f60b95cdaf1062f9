"""``dealstream report``: a first look at what was counted."""

from typing import Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env


def report(
    cuboids: Annotated[
        list[str] | None,
        typer.Argument(help="Cuboids to print, such as age,campaign_type; none prints the configured ones."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows per table.")] = 12,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Print each cuboid: conversion where there were impressions, then the conversions that came without any."""
    import polars as pl

    from dealstream import settings
    from dealstream.cli.cuboids import cuboid_of
    from dealstream.cli.tables import show
    from dealstream.queries.buckets import BucketReader, conversion
    from dealstream.stores.open import open_counters, open_vocabulary

    loaded = settings.load(env, config)
    relevance = loaded.relevance
    reader = BucketReader(relevance, open_counters(loaded), open_vocabulary(loaded))
    for name in cuboids or relevance.report:
        cuboid = cuboid_of(relevance, name.split(","))
        rows = conversion(reader.read(cuboid), relevance.types)
        offered = rows.filter(pl.col("impressions") > 0)
        for title, part in (
            ("conversion", offered),
            ("conversions without impressions", rows.filter(pl.col("impressions") == 0)),
        ):
            if len(part):
                show(
                    part.head(limit), f"\n{title} by {cuboid.name}: {min(limit, len(part)):,} of {len(part):,} buckets"
                )
