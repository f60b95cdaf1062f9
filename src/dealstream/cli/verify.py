"""``dealstream verify``: every bucket and every user's cells against a second computation, from the events."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.failure import Failure
from dealstream.cli.files import opened
from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    import polars as pl

    from dealstream.domain.erasure import Tombstone
    from dealstream.domain.relevance import Relevance
    from dealstream.settings import Settings
    from dealstream.truth.check import Actual
    from dealstream.truth.compare import Comparison


def verify(
    files: Annotated[list[Path], typer.Argument(help="The NDJSON files that were produced, in that order.")],
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Compare every count with an independent computation from FILES; differences are listed and a failure.

    The events of users that were erased are not compared: files do not tell which of them came before the erasure.
    """
    from dealstream.settings import load
    from dealstream.truth.check import check, check_uniques
    from dealstream.truth.truth import Truth, TruthError

    settings = load(env, config)
    try:
        truth = Truth.of(event_texts(files, settings.relevance), settings.relevance)
    except TruthError as error:
        raise Failure(str(error)) from None
    found = actual(settings)
    buckets, users = check(truth, found, time.time())
    uniques = check_uniques(truth, found, time.time())
    for difference in (buckets + users).differences:
        print(difference)
    if uniques.sets:
        print(uniques)
    print(verdict(buckets, users))
    if not (buckets.exact and users.exact and uniques.credible):
        raise typer.Exit(1)


def actual(settings: "Settings") -> "Actual":
    """Return the readers of the stores of ``settings``."""
    import polars as pl

    from dealstream.queries.buckets import BucketReader
    from dealstream.stores.open import open_counters, open_erasures, open_hbase, open_user_events, open_vocabulary
    from dealstream.truth.check import Actual

    reader = BucketReader(settings.relevance, open_counters(settings), open_vocabulary(settings))
    hbase = open_hbase(settings)
    user_events = open_user_events(settings, hbase)
    cells = {"user": pl.String, "count": pl.Int64}
    return Actual(
        lambda cuboid, tile: reader.read(cuboid, tiles=[tile]),
        lambda cuboid, tile, among: reader.users(cuboid, among, tiles=[tile]),
        lambda: pl.DataFrame(list(user_events.cells()), schema=cells, orient="row"),
        lambda: users_of(open_erasures(settings, hbase).news()),
    )


def users_of(tombstones: "Iterable[Tombstone]") -> "pl.DataFrame":
    """Return the users who have a tombstone, as a column ``user``."""
    import polars as pl

    return pl.DataFrame({"user": [each.user for each in tombstones]}, schema={"user": pl.String})


def verdict(buckets: "Comparison", users: "Comparison") -> str:
    """Return the last line, such as ``exact: 1,234 of 1,234 buckets, 2,469 of 2,469 users; erased and left out: 1``."""
    erased = f"; erased and left out: {users.left_out:,}" if users.left_out else ""
    return f"exact: {buckets.equal:,} of {buckets.total:,} buckets, {users.equal:,} of {users.total:,} users{erased}"


def event_texts(files: list[Path], relevance: "Relevance") -> Iterator[bytes]:
    """Yield the events of the files as `dealstream produce` sends them, and say how many lines are none."""
    from dealstream.ndjson import LineJudge, blocks

    judge, now_ms = LineJudge(relevance), time.time_ns() // 1_000_000
    for path in files:
        bad = 0
        with opened(path) as file:
            for block in blocks(file, str(path)):
                events = judge.judge(block, now_ms)
                bad += len(events.bad)
                yield b"\n".join(events.lines)
        if bad:
            print(f"{path}: {bad:,} lines are no events and were left out", file=sys.stderr)
