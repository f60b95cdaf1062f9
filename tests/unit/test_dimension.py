"""Dimensions: an event's attribute reduced to a code, and the code's label."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.dimension import Banded, Distance, Listed, Open, band_labels, haversine_km, text

# WGS 84, and the distances as geographers give them; great-circle on the mean sphere is within 0.5 %
CITIES = {
    "Berlin": (52.5200, 13.4050),
    "Paris": (48.8566, 2.3522),
    "London": (51.5074, -0.1278),
    "New York": (40.7128, -74.0060),
    "Sydney": (-33.8688, 151.2093),
    "Auckland": (-36.8485, 174.7633),
    "Suva": (-18.1416, 178.4419),
    "Apia": (-13.8333, -171.7667),
}
KILOMETRES = [
    ("Berlin", "Paris", 878),
    ("Paris", "London", 344),
    ("London", "New York", 5570),
    ("Sydney", "Auckland", 2156),
    ("Suva", "Apia", 1146),  # across the date line
]
DEGREES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def km(origin, destination) -> float:
    angles = (np.radians([degrees]) for degrees in (*origin, *destination))
    return float(haversine_km(*angles)[0])


def labels_of(dimension, **columns) -> list[str]:
    return [dimension.labels[code] for code in dimension.codes(columns)]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (None, "unknown"), (True, "true"), (False, "false"), ("", ""), ("Berlin", "Berlin"), (7, "7"), (7.0, "7"),
        (-0.0, "0"), (0.5, "0.5"), (1e21, "1000000000000000000000"), ("7", "7"), ("None", "None"),
    ],
)  # fmt: skip
def test_the_label_of_a_json_value(value, label):
    assert text(value) == label


@pytest.mark.parametrize(
    ("edges", "labels"),
    [([10], ("<10", ">=10")), ([10, 25], ("<10", "10-25", ">=25")), ([0.5, 1.0], ("<0.5", "0.5-1", ">=1"))],
)
def test_the_labels_of_bands(edges, labels):
    assert band_labels(edges) == labels


def test_an_edge_belongs_to_the_band_above_it():
    price = Banded("price", "usd", (10, 25))
    column = [None, -3, 9.999, 10, 24.99, 25, 1e300, 10.0]
    assert labels_of(price, usd=column) == ["unknown", "<10", "<10", "10-25", "10-25", ">=25", ">=25", "10-25"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, unique=True).map(sorted), st.floats(allow_nan=False))
def test_a_number_is_in_the_band_that_its_edges_say(edges, number):
    (code,) = Banded("x", "x", tuple(edges)).codes({"x": [number]})
    low, high = [None, -math.inf, *edges][code], [None, *edges, math.inf][code]
    assert low <= number < high or number == high == math.inf


def test_what_is_not_listed_is_other():
    gender = Listed("gender", "sex", ("f", "m", "2"))
    assert labels_of(gender, sex=["m", None, "f", "x", 2, 2.0, "", "other", "unknown"]) == [
        "m", "unknown", "f", "other", "2", "2", "other", "other", "unknown",
    ]  # fmt: skip


def test_codes_beyond_the_capacity_of_an_open_dimension_become_other():
    city = Open("city", "town", capacity=3)
    assert city.size == 5
    assert city.clip(np.array([0, 1, 3, 4, 999], np.int32)).tolist() == [0, 1, 3, 4, 4]


@pytest.mark.parametrize(("origin", "destination", "expected"), KILOMETRES)
def test_the_distance_of_cities(origin, destination, expected):
    assert km(CITIES[origin], CITIES[destination]) == pytest.approx(expected, rel=0.005)


@given(DEGREES, DEGREES)
def test_a_distance_is_a_distance(here, there):
    assert km(here, there) == pytest.approx(km(there, here), abs=1e-6)
    assert 0 <= km(here, there) <= 20_016
    assert km(here, here) == 0


def test_antipodes_are_half_the_globe_apart():
    assert km((10, 20), (-10, -160)) == pytest.approx(math.pi * 6371.0088)


def test_a_distance_is_cut_into_bands_and_unknown_without_all_four_coordinates():
    far = Distance("far", ("lat", "lon"), ("deal_lat", "deal_lon"), (2, 10))
    # a hundredth of a degree of latitude is 1.1 km
    columns = {
        "lat": [52.50, 52.50, 52.50, None, 52.50],
        "lon": [13.40, 13.40, 13.40, 13.40, 13.40],
        "deal_lat": [52.51, 52.55, 53.00, 52.50, 52.50],
        "deal_lon": [13.40, 13.40, 13.40, 13.40, None],
    }
    assert labels_of(far, **columns) == ["<2", "2-10", ">=10", "unknown", "unknown"]


@pytest.mark.parametrize(
    "dimension",
    [Listed("a", "f", ("x",)), Banded("a", "f", (1,)), Distance("a", ("f", "f"), ("f", "f"), (1,))],
    ids=["listed", "banded", "distance"],
)
def test_code_0_is_unknown_and_no_events_have_no_codes(dimension):
    assert dimension.labels[0] == "unknown"
    assert dimension.size == len(dimension.labels) == len(set(dimension.labels))
    assert dimension.codes({"f": [None]}).tolist() == [0]
    assert dimension.codes({"f": []}).tolist() == []
