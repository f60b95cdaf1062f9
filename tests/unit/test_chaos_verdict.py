"""What is lost and what is double, from counts and the truth."""

import polars as pl
import pytest

from dealstream.truth.check import Actual
from dealstream.truth.truth import Truth
from tests.chaos.verdict import Sums, differences
from tests.support.events import RELEVANCE, event

EVENTS = [event(number, deal=f"d{number % 3}", user=f"u{number % 2}", gender="f") for number in range(12)]


def counts(**by_deal: int) -> pl.DataFrame:
    schema = {"deal": pl.String, "type": pl.String, "count": pl.Int64}
    return pl.DataFrame([(deal, "shown", count) for deal, count in by_deal.items()], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("counted", "lost", "double"),
    [
        pytest.param(counts(a=3, b=2), 0, 0, id="the same"),
        pytest.param(counts(b=2, a=3), 0, 0, id="in another order"),
        pytest.param(counts(a=1, b=2), 2, 0, id="two are missing"),
        pytest.param(counts(a=3), 2, 0, id="a bucket is missing"),
        pytest.param(counts(), 5, 0, id="all is missing"),
        pytest.param(counts(a=3, b=2, c=4), 0, 4, id="a bucket too many"),
        pytest.param(counts(a=4, b=1), 1, 1, id="one in the wrong bucket"),
    ],
)
def test_differences_are_summed_each_way(counted, lost, double):
    assert differences(counts(a=3, b=2), counted) == (lost, double)


def test_a_bucket_that_is_read_in_two_parts_is_one():
    assert differences(counts(a=3, b=2), pl.concat([counts(a=1), counts(a=2, b=2)])) == (0, 0)


def actual(buckets: Truth, cells: Truth | None = None) -> Actual:
    """Return readers that find the buckets of one truth and the cells of another."""
    return Actual(
        lambda cuboid, tile: buckets.buckets(cuboid.dimensions, tile),
        lambda cuboid, tile, _: buckets.users(cuboid.dimensions, tile),
        (cells or buckets).cells,
    )


@pytest.fixture
def truth() -> Truth:
    return Truth.of([b"\n".join(EVENTS)], RELEVANCE)


def test_what_is_true_is_exact(truth):
    verdict = Sums(truth, actual(truth)).verdict()
    assert verdict.exact
    assert (verdict.lost, verdict.double) == (0, 0)
    assert verdict.users.total == 2


def test_an_event_that_was_counted_twice_is_double_in_every_cuboid_and_not_in_the_cells(truth):
    twice = Truth.of([b"\n".join([*EVENTS, event("again", deal="d0", user="u0", gender="f")])], RELEVANCE)
    verdict = Sums(truth, actual(twice, truth)).verdict()
    assert not verdict.exact
    assert (verdict.lost, verdict.double) == (0, len(RELEVANCE.layout.cuboids))


def test_a_cell_that_is_missing_is_lost(truth):
    less = Truth.of([b"\n".join(EVENTS[1:])], RELEVANCE)
    verdict = Sums(truth, actual(truth, less)).verdict()
    assert not verdict.exact
    assert (verdict.lost, verdict.double) == (1, 0)
    assert verdict.users.equal == 1
