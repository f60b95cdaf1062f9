"""``dealstream lag``: how far the stores are behind the log."""

import json

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json


def lag(env: Env = DEFAULT_ENV, config: Config = None, as_json: Json = False) -> None:
    """Print the end, the committed offset and the watermarks of each partition, and whether all is caught up."""
    import polars as pl

    from dealstream import settings
    from dealstream.cli.tables import show
    from dealstream.queries.lag import lag as lag_of
    from dealstream.queries.outcomes import in_words, outcomes
    from dealstream.stores.open import open_counters, open_log

    loaded = settings.load(env, config)
    counters, log = open_counters(loaded), open_log(loaded)
    states = lag_of(log, counters)
    totals = outcomes(counters, log.partitions())
    gone = {partition: ranges for partition, ranges in counters.gone(log.partitions()).items() if ranges}
    caught_up = all(state.caught_up for state in states)
    columns = ("partition", "end", "committed", "watermark", "behind", "gone", "caught_up")
    rows = [{name: getattr(state, name) for name in columns} for state in states]
    if as_json:
        lost = {str(partition): ranges.dump().decode() for partition, ranges in gone.items()}
        slots = {str(state.partition): state.watermarks for state in states}
        print(
            json.dumps(
                {
                    "caught_up": caught_up,
                    "partitions": rows,
                    "watermarks_by_slot": slots,
                    "gone": lost,
                    "records": totals,
                }
            )
        )
        return
    show(pl.DataFrame(rows))
    print(in_words(totals))
    for partition, ranges in gone.items():
        print(
            f"partition {partition}: the log lost offsets {ranges.dump().decode()} before they were counted everywhere"
        )
    print("caught up" if caught_up else f"{sum(state.behind for state in states):,} behind")
