"""What `dealstream verify` says, with readers that return what they are told to."""

import json

import polars as pl
import pytest

from dealstream.cli.verify import Actual, check, event_texts, verdict
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.relevance_table import parse
from dealstream.truth.truth import Truth

RELEVANCE = parse(
    {
        "name": "test",
        "types": {"impression": "shown", "conversion": "bought"},
        "dimensions": {"city": {"field": "town"}},
        "cuboids": [["deal"], ["city"], ["deal", "city"]],
    }
)


def line(number: int, **fields: object) -> bytes:
    whole = {"id": number, "time": 0, "type": "shown", "user": number % 3, "deal": "d", "town": f"t{number % 5}"}
    return json.dumps({**whole, **fields}).encode()


@pytest.fixture
def truth() -> Truth:
    return Truth.of([b"\n".join(line(number) for number in range(30))], RELEVANCE)


def test_what_was_counted_right_is_exact(truth):
    asked: list[str] = []

    def buckets(cuboid: Cuboid) -> pl.DataFrame:
        asked.append(cuboid.name)
        return truth.buckets(cuboid.dimensions)

    found = check(truth, Actual(buckets, truth.cells))
    assert verdict(*found) == "exact: 11 of 11 buckets, 3 of 3 users"
    assert asked == ["deal", "deal,city", "city"]


def test_what_was_counted_wrong_is_told(truth):
    def buckets(cuboid: Cuboid) -> pl.DataFrame:
        counted = truth.buckets(cuboid.dimensions)
        return counted.with_columns(pl.col("count") + 1) if cuboid.name == "deal" else counted

    found = check(truth, Actual(buckets, lambda: truth.cells().filter(pl.col("user") != "1")))
    assert verdict(*found) == "exact: 10 of 11 buckets, 2 of 3 users"
    assert (found[0] + found[1]).differences == (
        "deal=d type=shown: expected 30, counted 31",
        "user=1: expected 10, counted 0",
    )


def test_lines_that_are_no_events_are_left_out_and_told(tmp_path, capsys):
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join([line(1), b"junk", line(2), line(3, type="klick")]))
    truth = Truth.of(event_texts([file], RELEVANCE), RELEVANCE)
    assert truth.cells()["count"].sum() == 2
    assert capsys.readouterr().err == f"{file}: 2 lines are no events and were left out\n"
