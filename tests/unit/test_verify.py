"""What `dealstream verify` says, with readers that return what they are told to."""

import json

import polars as pl
import pytest

from dealstream.cli.verify import event_texts, users_of, verdict
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.erasure import Tombstone
from dealstream.domain.relevance_table import parse
from dealstream.domain.tile import EVER, Tile
from dealstream.truth.check import Actual, check, check_uniques
from dealstream.truth.compare import Comparison
from dealstream.truth.truth import Truth

RELEVANCE = parse(
    {
        "name": "test",
        "types": {"impression": "shown", "conversion": "bought"},
        "dimensions": {"city": {"field": "town"}},
        "cuboids": [["deal"], ["city"], ["deal", "city"]],
    }
)


DAY_S = 86_400


def NO_UNIQUES(cuboid: Cuboid, tile: Tile, among: pl.DataFrame) -> pl.DataFrame:
    raise AssertionError("no cuboid counts users")


def line(number: int, **fields: object) -> bytes:
    whole = {"id": number, "time": 0, "type": "shown", "user": number % 3, "deal": "d", "town": f"t{number % 5}"}
    return json.dumps({**whole, **fields}).encode()


@pytest.fixture
def truth() -> Truth:
    return Truth.of([b"\n".join(line(number) for number in range(30))], RELEVANCE)


def test_what_was_counted_right_is_exact(truth):
    asked: list[str] = []

    def buckets(cuboid: Cuboid, tile: Tile) -> pl.DataFrame:
        asked.append(cuboid.name)
        return truth.buckets(cuboid.dimensions)

    found = check(truth, Actual(buckets, NO_UNIQUES, truth.cells), now_s=0)
    assert verdict(*found) == "exact: 11 of 11 buckets, 3 of 3 users"
    assert asked == ["deal", "deal,city", "city"]


def test_what_was_counted_wrong_is_told(truth):
    def buckets(cuboid: Cuboid, tile: Tile) -> pl.DataFrame:
        counted = truth.buckets(cuboid.dimensions)
        return counted.with_columns(pl.col("count") + 1) if cuboid.name == "deal" else counted

    found = check(truth, Actual(buckets, NO_UNIQUES, lambda: truth.cells().filter(pl.col("user") != "1")), now_s=0)
    assert verdict(*found) == "exact: 10 of 11 buckets, 2 of 3 users"
    assert (found[0] + found[1]).differences == (
        "deal=d type=shown: expected 30, counted 31",
        "user=1: expected 10, counted 0",
    )


def test_users_that_were_erased_are_left_out_and_told(truth):
    """User 1 lost everything and user 2 a part, and 3 is only in the store; of nobody there is nothing anywhere."""
    cells = pl.DataFrame({"user": ["0", "2", "3"], "count": [10, 4, 1]})
    erased = users_of(Tombstone(user, {0: 7}) for user in ("1", "2", "1", "3", "nobody"))
    readers = Actual(lambda cuboid, tile: truth.buckets(cuboid.dimensions), NO_UNIQUES, lambda: cells, lambda: erased)
    found = check(truth, readers, now_s=0)
    assert verdict(*found) == "exact: 11 of 11 buckets, 1 of 1 users; erased and left out: 3"
    assert found[1].exact


def test_an_erasure_meanwhile_is_no_difference(truth):
    """It puts its tombstone, then deletes."""
    erased: list[str] = []

    def cells() -> pl.DataFrame:
        erased.append("1")
        return truth.cells().filter(pl.col("user") != "1")

    readers = Actual(
        lambda cuboid, tile: truth.buckets(cuboid.dimensions),
        NO_UNIQUES,
        cells,
        lambda: users_of(Tombstone(user, {}) for user in erased),
    )
    assert check(truth, readers, now_s=0)[1] == Comparison(2, 2, left_out=1)


def test_lines_that_are_no_events_are_left_out_and_told(tmp_path, capsys):
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join([line(1), b"junk", line(2), line(3, type="klick")]))
    truth = Truth.of(event_texts([file], RELEVANCE), RELEVANCE)
    assert truth.cells()["count"].sum() == 2
    assert capsys.readouterr().err == f"{file}: 2 lines are no events and were left out\n"


TILED = parse(
    {
        "name": "test",
        "types": {"impression": "shown", "conversion": "bought"},
        "tiles": {"day": "10d", "hour": "1d"},
        "cuboids": [{"dimensions": ["deal"], "tiles": ["ever", "day", "hour"], "users": True}],
    }
)


DAYS = ["1970-01-01", "1970-01-02"]


@pytest.fixture
def days() -> Truth:
    """Return 1,200 events of as many users in each of two days, one an hour of each."""
    lines = (
        line(number, user=number % 1200, time=number // 1200 * DAY_S * 1000 + number % 24 * 3_600_000)
        for number in range(2400)
    )
    return Truth.of([b"\n".join(lines)], TILED)


@pytest.mark.parametrize(
    ("now_s", "tiles"),
    [
        (
            0,
            [
                "ever",
                "1970-01-01",
                "1970-01-02",
                *(f"1970-01-{day:02}T{hour:02}" for day in (1, 2) for hour in range(24)),
            ],
        ),
        (2.5 * DAY_S, ["ever", *DAYS, *(f"1970-01-02T{hour:02}" for hour in range(12, 24))]),
        (11.5 * DAY_S, ["ever", "1970-01-02"]),
        (90 * DAY_S, ["ever"]),
    ],
)
def test_the_tiles_that_are_kept_are_compared(days, now_s, tiles):
    asked = []

    def buckets(cuboid: Cuboid, tile: Tile) -> pl.DataFrame:
        asked.append(tile.name)
        return days.buckets(cuboid.dimensions, tile)

    found = check(days, Actual(buckets, NO_UNIQUES, days.cells), now_s)
    assert found[0].exact
    assert asked == tiles


def test_unique_users_are_judged_where_there_are_many(days):
    def estimated(off: float):
        def uniques(cuboid: Cuboid, tile: Tile, among: pl.DataFrame) -> pl.DataFrame:
            return days.users(cuboid.dimensions, tile).with_columns((pl.col("users") * (1 + off)).cast(pl.Int64))

        return Actual(lambda cuboid, tile: days.buckets(cuboid.dimensions, tile), uniques, days.cells)

    right, wrong = (check_uniques(days, estimated(off), now_s=90 * DAY_S) for off in (0.01, -0.06))
    assert days.users(["deal"], EVER).to_dicts() == [{"deal": "d", "type": "shown", "users": 1200}]
    assert (right.credible, wrong.credible) == (True, False)
    assert str(right) == (
        "unique users: 1 sets; of 1 with 1,000 users or more the error is 1.00% on average, 1.00% at most"
    )
    assert check_uniques(days, estimated(1.0), now_s=2.5 * DAY_S).sets == 1 + 2 + 12
