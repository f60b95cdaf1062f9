"""The second computation: small files counted by hand, and its labels against those of the code that counts."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dealstream.domain.dimension import Closed, haversine_km, text
from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from dealstream.truth.compare import Comparison, compare, compare_users
from dealstream.truth.truth import Truth, TruthError


def relevance(dimensions: dict[str, object], **changes: object) -> Relevance:
    return parse(
        {
            "name": "test",
            "types": {"impression": "shown", "conversion": "bought", "others": ["clicked"]},
            "dimensions": dimensions,
            "cuboids": [["deal"], *([name] for name in dimensions)],
            **changes,
        }
    )


def ndjson(*events: dict[str, object]) -> bytes:
    whole = [{"id": number, "time": 0, "type": "shown", "user": 1, "deal": "d", **e} for number, e in enumerate(events)]
    return "\n".join(json.dumps(event) for event in whole).encode()


def counts(truth: Truth, *dimensions: str) -> dict[tuple[str, ...], int]:
    return {row[:-1]: row[-1] for row in truth.buckets(dimensions).iter_rows()}


def labels(dimension: dict[str, object], *events: dict[str, object]) -> dict[str, int]:
    truth = Truth.of([ndjson(*events)], relevance({"x": dimension}))
    return {label: count for (label, _), count in counts(truth, "x").items()}


def test_each_type_of_each_bucket_is_counted():
    config = relevance({"city": {"field": "town"}})
    events = ndjson(
        {"deal": "a", "town": "Ulm"},
        {"deal": "a", "town": "Ulm", "type": "bought"},
        {"deal": "a", "town": "Ulm"},
        {"deal": 7, "town": "Bonn", "type": "clicked"},
    )
    truth = Truth.of([events], config)
    assert counts(truth, "deal", "city") == {
        ("a", "Ulm", "shown"): 2,
        ("a", "Ulm", "bought"): 1,
        ("7", "Bonn", "clicked"): 1,
    }
    assert counts(truth, "city") == {("Ulm", "shown"): 2, ("Ulm", "bought"): 1, ("Bonn", "clicked"): 1}
    assert truth.buckets(["deal", "city"]).columns == ["deal", "city", "type", "count"]


def test_the_first_occurrence_of_an_id_counts_whatever_piece_it_is_in():
    first = ndjson({"id": "a", "deal": "x"}, {"id": "b", "deal": "x"}, {"id": "a", "deal": "y"})
    second = ndjson({"id": "b", "deal": "z"}, {"id": 1, "deal": "z"}, {"id": "1", "deal": "q"})
    truth = Truth.of([first, b"", second], relevance({}))
    assert counts(truth, "deal") == {("x", "shown"): 2, ("z", "shown"): 1}


def test_a_user_has_a_cell_for_each_id():
    events = ndjson({"user": 5}, {"user": "5"}, {"user": "six"}, {"id": 0, "user": 5})
    cells = Truth.of([events], relevance({})).cells()
    assert dict(cells.iter_rows()) == {"5": 2, "six": 1}
    assert cells.columns == ["user", "count"]


def test_nothing_gives_empty_frames_of_the_right_shape():
    truth = Truth.of([], relevance({"city": {"field": "town"}}))
    assert truth.buckets(["city"]).schema == {"city": pl.String, "type": pl.String, "count": pl.Int64}
    assert truth.cells().schema == {"user": pl.String, "count": pl.Int64}


def test_files_are_read_in_their_order_and_blank_lines_are_nothing(tmp_path: Path):
    one, two = tmp_path / "1.ndjson", tmp_path / "2.ndjson"
    one.write_bytes(b"\n" + ndjson({"id": "a", "deal": "x"}))
    two.write_bytes(ndjson({"id": "a", "deal": "y"}).replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert counts(Truth.of_files([one, two], relevance({})), "deal") == {("x", "shown"): 1}
    assert counts(Truth.of_files([two, one], relevance({})), "deal") == {("y", "shown"): 1}


def test_plain_values_become_text():
    values = ["a", "", "2.0", 2, 2.0, 2.5, True, False, None, "null", "true"]
    assert labels({"field": "f"}, {}, *({"f": value} for value in values)) == {
        "a": 1, "": 1, "2.0": 1, "2": 2, "2.5": 1, "true": 2, "false": 1, "unknown": 2, "null": 1,
    }  # fmt: skip


def test_what_is_not_listed_is_other():
    values = ["red", 1, True, "blue", "other", None, "unknown"]
    assert labels({"field": "f", "values": ["red", "1", "true"]}, {}, *({"f": value} for value in values)) == {
        "red": 1, "1": 1, "true": 1, "other": 2, "unknown": 3,
    }  # fmt: skip


def test_an_edge_belongs_to_the_band_above():
    values = [-3, 9.999, 10, 10.0, 24.99, 25, 1e9, None]
    assert labels({"field": "f", "edges": [10, 25]}, {}, *({"f": value} for value in values)) == {
        "<10": 2, "10-25": 3, ">=25": 2, "unknown": 2,
    }  # fmt: skip
    assert labels({"field": "f", "edges": [0.5]}, {"f": 0.5}, {"f": 0.4}) == {">=0.5": 1, "<0.5": 1}


@pytest.mark.parametrize(
    ("origin", "destination", "band"),
    [
        ((52.52, 13.405), (52.52, 13.405), "<1"),
        ((52.52, 13.405), (48.137, 11.575), "500-1000"),  # Berlin, Munich: 504 km
        ((0, 0), (0, 180), ">=20015"),  # half the equator: 20,015.1 km
        ((0, 179.999), (0, -179.999), "<1"),  # 222 m across the date line
        ((None, 13.4), (52.52, 13.4), "unknown"),
    ],
)
def test_distances_are_great_circles(origin, destination, band):
    fields = {"origin": ["a", "b"], "destination": ["c", "d"], "edges": [1, 500, 1000, 20015]}
    event = dict(zip("abcd", (*origin, *destination), strict=True))
    assert labels(fields, event) == {band: 1}


def test_more_values_than_an_inner_dimension_has_room_for_cannot_be_known():
    config = relevance({"city": {"field": "town", "capacity": 1}}, cuboids=[["deal", "city"], ["city"]])
    assert Truth.of([ndjson({"town": "Ulm"}, {})], config)
    with pytest.raises(TruthError, match="city has 2 values, over its capacity of 1"):
        Truth.of([ndjson({"town": "Ulm"}, {"town": "Bonn"})], config)


# --- two independent implementations agree ----------------------------------------------------------------------------

floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.none() | st.integers(-(2**53), 2**53) | floats
# beyond these, Python and polars write a float differently (1e-05 and 0.00001): see truth/labels.py
writable = st.floats(-(2.0**53), 2.0**53).filter(lambda number: abs(number) >= 1e-4)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = st.none() | words | st.booleans() | st.integers(-(2**63), 2**64 - 1) | writable
rising = st.lists(st.integers(-50, 50) | st.floats(-50, 50), min_size=1, max_size=4, unique=True).map(sorted)


def agree(dimension: dict[str, object], events: list[dict[str, object]]) -> None:
    """Check the labels of ``events`` one by one against those of the domain."""
    config = relevance({"x": dimension})
    counting = config.dimensions["x"]
    columns = {field: [event.get(field) for event in events] for field in counting.fields}
    if isinstance(counting, Closed):
        expected = [counting.labels[code] for code in counting.codes(columns)]
    else:
        expected = [text(value) for value in columns["f"]]
    truth = Truth.of([ndjson(*({**event, "deal": row} for row, event in enumerate(events)))], config)
    found = {int(deal): label for deal, label, _ in counts(truth, "deal", "x")}
    assert [found[row] for row in range(len(events))] == expected


def of(values: st.SearchStrategy[object]) -> st.SearchStrategy[list[dict[str, object]]]:
    return st.lists(st.one_of(st.just({}), st.builds(lambda value: {"f": value}, values)), min_size=1, max_size=8)


@given(of(plain))
def test_plain_labels_agree(events):
    agree({"field": "f"}, events)


@given(of(plain | st.sampled_from(["a", "1", "true"])), st.sets(words))
def test_listed_labels_agree(events, values):
    assume(not values & {"unknown", "other"})
    agree({"field": "f", "values": sorted(values | {"a", "1", "true"})}, events)


@given(rising.flatmap(lambda edges: st.tuples(st.just(edges), of(numbers | st.sampled_from(edges)))))
def test_bands_agree(case):
    edges, events = case
    agree({"field": "f", "edges": edges}, events)


@given(st.lists(st.tuples(*[st.none() | st.floats(-90, 90)] * 4), min_size=1, max_size=8))
def test_distances_agree(points):
    edges = [0.5, 10, 1000, 9000]
    for point in points:
        if None not in point:
            distance = float(haversine_km(*np.radians(np.array(point))))
            assume(all(abs(distance - edge) > 1e-6 for edge in edges))
    fields = {"origin": ["a", "b"], "destination": ["c", "d"], "edges": edges}
    agree(fields, [dict(zip("abcd", point, strict=True)) for point in points])


# --- comparing --------------------------------------------------------------------------------------------------------


def frame(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"deal": pl.String, "type": pl.String, "count": pl.Int64}, orient="row")


def test_equal_counts_are_exact_whatever_their_order():
    left = frame(("a", "shown", 2), ("a", "bought", 1), ("b", "shown", 1))
    right = frame(("b", "shown", 1), ("a", "bought", 1), ("a", "shown", 2))
    assert compare(left, right) == Comparison(2, 2)
    assert compare(left, right).exact


def test_absent_is_zero_and_parts_are_summed():
    left = frame(("a", "shown", 2), ("c", "shown", 0))
    right = frame(("a", "shown", 1), ("a", "shown", 1), ("b", "bought", 0))
    assert compare(left, right) == Comparison(1, 1)


def test_differences_on_either_side_are_told():
    left = frame(("a", "shown", 1200), ("a", "bought", 1), ("b", "shown", 1))
    right = frame(("a", "shown", 1201), ("a", "bought", 1), ("c", "shown", 5))
    assert compare(left, right) == Comparison(
        3,
        0,
        (
            "deal=a type=shown: expected 1,200, counted 1,201",
            "deal=b type=shown: expected 1, counted 0",
            "deal=c type=shown: expected 0, counted 5",
        ),
    )


def test_no_more_than_twenty_differences_are_told_but_all_are_counted():
    many = frame(*((str(number), "shown", 1) for number in range(30)))
    comparison = compare(many, frame())
    assert (comparison.total, comparison.equal, len(comparison.differences)) == (30, 0, 20)
    both = comparison + comparison
    assert (both.total, both.equal, len(both.differences)) == (60, 0, 20)


def test_counts_of_users_are_compared_alike():
    schema = {"user": pl.String, "count": pl.Int64}
    left = pl.DataFrame([("1", 2), ("2", 1)], schema=schema, orient="row")
    right = pl.DataFrame([("1", 2), ("2", 3)], schema=schema, orient="row")
    assert compare(left, right) == Comparison(2, 1, ("user=2: expected 1, counted 3",))


@pytest.mark.parametrize(
    ("erased", "found"),
    [
        ([], Comparison(3, 1, ("user=2: expected 1, counted 3", "user=3: expected 0, counted 1"))),
        (["2"], Comparison(2, 1, ("user=3: expected 0, counted 1",), left_out=1)),
        (["3", "2", "3", "4"], Comparison(1, 1, left_out=2)),
        (["1", "2", "3"], Comparison(0, 0, left_out=3)),
    ],
)
def test_erased_users_are_left_out(erased, found):
    schema = {"user": pl.String, "count": pl.Int64}
    left = pl.DataFrame([("1", 2), ("2", 1)], schema=schema, orient="row")
    right = pl.DataFrame([("1", 2), ("2", 3), ("3", 1)], schema=schema, orient="row")
    assert compare_users(left, right, pl.DataFrame({"user": erased}, schema={"user": pl.String})) == found
    both = found + found
    assert both.left_out == 2 * found.left_out
