"""``dealstream counts``: impressions, conversions and rates per bucket."""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json

if TYPE_CHECKING:
    import polars as pl

    from dealstream.domain.cuboid import Cuboid
    from dealstream.domain.relevance import Relevance
    from dealstream.stores.counters import Tiles


def counts(
    cuboid: Annotated[
        str | None, typer.Argument(help="Dimensions, such as age,campaign_type; none lists them.")
    ] = None,
    where: Annotated[list[str] | None, typer.Argument(help="dim=label: only these buckets.")] = None,
    limit: Annotated[int, typer.Option(help="How many rows to print; 0 is all.")] = 50,
    window: Annotated[
        str | None, typer.Option(help="The last 7d, 24h ...: cuboids counted by day or hour; none is all time.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="The window ends with the day or hour of this time (UTC); none is now.")
    ] = None,
    env: Env = DEFAULT_ENV,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print impressions, conversions and the conversion rate of each bucket of a cuboid, and its unique users."""
    from dealstream import settings
    from dealstream.cli.cuboids import cuboid_of
    from dealstream.cli.failure import Failure
    from dealstream.queries.buckets import BucketReader, conversion, reach
    from dealstream.stores.open import open_counters, open_vocabulary

    loaded = settings.load(env, config)
    if cuboid is None:
        print("\n".join(each.name for each in loaded.relevance.layout.cuboids))
        return
    chosen = _conditions(where or [])
    found = cuboid_of(loaded.relevance, [name.strip() for name in cuboid.split(",")])
    if unknown := set(chosen) - set(found.dimensions):
        raise Failure(f"{', '.join(unknown)}: not a dimension of {found.name}", exit_code=2)
    reader = BucketReader(loaded.relevance, open_counters(loaded), open_vocabulary(loaded))
    tiles = _tiles(loaded.relevance, found, window, until)
    everything = conversion(reader.read(found, chosen, tiles), loaded.relevance.types)
    rows = everything.head(limit) if limit else everything
    if found.spec.users:
        rows = reach(rows, reader.users(found, rows, chosen, tiles), loaded.relevance.types)
    _print(rows, len(everything), as_json)


def _tiles(relevance: "Relevance", cuboid: "Cuboid", window: str | None, until: datetime | None) -> "Tiles":
    from dealstream.cli.failure import Failure
    from dealstream.domain.tile import Grain
    from dealstream.queries.window import WindowError, window_of
    from dealstream.stores.counters import ALL_TIME

    if window is None:
        if Grain.EVER in cuboid.spec.grains:
            return ALL_TIME
        raise Failure(f"{cuboid.name} is counted by {', '.join(cuboid.spec.grains)}: give a --window", exit_code=2)
    now = datetime.now(UTC)
    until_ms, now_ms = (int(moment.replace(tzinfo=UTC).timestamp() * 1000) for moment in (until or now, now))
    try:
        found = window_of(relevance, cuboid, window, until_ms, now_ms)
    except (WindowError, ValueError) as error:
        raise Failure(str(error), exit_code=2) from None
    print(found, file=sys.stderr)
    return found.tiles


def _conditions(where: list[str]) -> dict[str, str]:
    from dealstream.cli.failure import Failure

    pairs = [condition.partition("=") for condition in where]
    for name, equals, _ in pairs:
        if not equals:
            raise Failure(f"{name}: conditions look like age=25-34", exit_code=2)
    return {name: label for name, _, label in pairs}


def _print(rows: "pl.DataFrame", total: int, as_json: bool) -> None:
    from dealstream.cli.tables import show

    if as_json:
        print(json.dumps(rows.to_dicts()))
        return
    show(rows)
    if total > len(rows):
        print(f"{len(rows):,} of {total:,}; --limit 0 prints all")
