"""A JSON field is of one kind, and no dimension is called what a bucket calls something else."""

import pytest

from dealstream.domain.relevance_table import parse
from dealstream.domain.toml_table import RelevanceError


def refused(dimension: dict[str, object], name: str = "x") -> str:
    with pytest.raises(RelevanceError) as caught:
        parse(
            {
                "name": "test",
                "event": {"id": "event_id", "time": "ts"},
                "types": {"impression": "shown", "conversion": "bought"},
                "dimensions": {name: dimension},
                "cuboids": [["deal"]],
            }
        )
    assert caught.value.path[:2] == ("dimensions", name)
    return caught.value.problem


@pytest.mark.parametrize("name", ["deal", "type", "count"])
def test_names_that_are_taken(name):
    assert "not deal, type or count" in refused({"field": "f"}, name)


@pytest.mark.parametrize("dimension", [{"field": "ts"}, {"field": "ts", "edges": [1]}])
def test_the_time_is_no_dimension(dimension):
    assert "time is no dimension" in refused(dimension)


@pytest.mark.parametrize("field", ["event_id", "type", "user", "deal"])
def test_what_names_something_is_no_number(field):
    assert "can't be cut into bands" in refused({"field": field, "edges": [1]})
    place = {"origin": ["a", field], "destination": ["c", "d"], "edges": [1]}
    assert "can't be cut into bands" in refused(place)
