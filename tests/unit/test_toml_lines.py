"""Where a key stands in a TOML text."""

import pytest

from dealstream.domain.toml_lines import line_of

SOURCE = """\
# name = "in a comment"
name = "x"

cuboids = [ ["deal"],     # ["a", "comment"]
  ["deal", "price"], ["city"],
  ["price"] ]
types = { impression = "a", conversion = "b" }
bounds.max_age = "1d"

[event]
id = "price = 3"

[dimensions.city]
field = "town"
  [dimensions."price"]
  # edges = [1]
  field = 'usd'
  'edges' = [
    10,
    25,
  ]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("cuboids",), 4),
        (("cuboids", 0), 4),
        (("cuboids", 1), 5),
        (("cuboids", 2), 5),
        (("cuboids", 3), 6),
        (("cuboids", 3, 0), 6),
        (("cuboids", 9), 4),
        (("types",), 7),
        (("types", "conversion"), 7),
        (("event", "id"), 11),
        (("dimensions", "city"), 13),
        (("dimensions", "city", "field"), 14),
        (("dimensions", "city", "edges"), 13),
        (("dimensions", "price"), 15),
        (("dimensions", "price", "field"), 17),
        (("dimensions", "price", "edges"), 18),
        (("dimensions", "price", "edges", 1), 18),
        (("bounds", "max_age"), 8),
        (("nothing", "like", "it"), 1),
    ],
)
def test_the_line_of_a_key_or_of_what_holds_it(path, line):
    assert line_of(SOURCE, path) == line
