"""relevance.toml: what it may say, and errors that name the line. In each wrong file ``#!`` marks that line."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dealstream.domain.budget import Budget, Bytes
from dealstream.domain.dimension import Banded, Distance, Listed, Open
from dealstream.domain.relevance_table import parse
from dealstream.settings import SettingsError, load_relevance
from tests.support.events import TABLE

GOOD = """\
# price = "not this one", nor slots = 3
name = "pizza"
slots = 8
cuboids = [
    ["deal"],  # [not, a, cuboid]
    ["deal", "price"],
    ["city", "far", "gender"],
]

[types]
impression = "shown"
conversion = "bought"

[event]
user = "who"

[bounds]
max_age = "400d"

[user_events]
ttl = "30d"

[budget]
events = 1_000
events_per_second = 0.5
deals = 70
memory = "1.5GB"

[ranking]
strength = 3
chains = [
    ["deal", "price,deal"],
    { cuboids = ["city,far,gender"], weight = 0.5 },
]

[ranking.affinity]
half_life = "6h"

[ranking.exploration]
method = "thompson"

[dimensions.gender]
field = "sex"
values = ["f", "m"]

[dimensions.price]
field = "usd"
edges = [10, 25]

[dimensions.city]
field = "town"
capacity = 100

[dimensions.far]
origin = ["lat", "lon"]
destination = ["deal_lat", "deal_lon"]
edges = [2]
"""
NOT_FOUR_KINDS = "dimensions.{}: give field; or field and values; or field and edges; or origin, destination and edges"
WRONG = [
    # replace in GOOD, by, problem
    ('name = "pizza"', "#", "missing required field `name`"),
    ('name = "pizza"', 'name = "Pizza-2" #!', "name: 'Pizza-2' is not a letter followed by letters, digits and _"),
    ('name = "pizza"', f'name = "{"x" * 49}" #!', "is not a letter followed by"),
    ('name = "pizza"', "name = 7 #!", "name: Expected `str`, got `int`"),
    ("slots = 8", "slots = 0 #!", "slots: 0 is not between 1 and 16384"),
    ("slots = 8", 'slots = "8" #!', "slots: Expected `int`, got `str`"),
    ("slots = 8", "slot = 8", "unknown field `slot`"),
    ('    ["deal"],', '    ["deal"], ["deal", "colour"], #!', "cuboids.1: no dimension is called 'colour'"),
    ('    ["deal", "price"],', '    ["deal", "colour"], #!', "cuboids.1: no dimension is called 'colour'"),
    ('    ["deal", "price"],', '    ["deal", "deal"], #!', "cuboids.1: a cuboid needs one dimension or more, each"),
    ('    ["deal", "price"],', "    [], #!", "cuboids.1: a cuboid needs one dimension or more, each"),
    ('    ["deal", "price"],', '    ["deal", 3], #!', "cuboids.1.1: Expected `str`, got `int`"),
    ('    ["city", "far",', '    ["deal"], #!\n    ["city", "far",', "cuboids.2: deal is counted already"),
    ('impression = "shown"', "", "types: Object missing required field `impression`"),
    ('conversion = "bought"', 'conversion = "shown"', "types: an event type is listed twice"),
    ('conversion = "bought"', "conversion = 1 #!", "types.conversion: Expected `str`, got `int`"),
    ('user = "who"', 'buyer = "who"', "event: Object contains unknown field `buyer`"),
    ('user = "who"', 'user = "time"', "event: 'time' is the field of two things"),
    ('max_age = "400d"', 'max_age = "400" #!', "bounds.max_age: '400' is not a duration such as 90s, 15m"),
    ('max_age = "400d"', "max_age = 400 #!", "bounds.max_age: Expected `str | null`, got `int`"),
    ('ttl = "30d"', 'ttl = "a month" #!', "user_events.ttl: 'a month' is not a duration"),
    ('ttl = "30d"', "regions = 257 #!", "user_events.regions: 257 is not between 1 and 256"),
    ('values = ["f", "m"]', "values = [] #!", "dimensions.gender.values: values must be there, differ"),
    ('values = ["f", "m"]', 'values = ["f", "f"] #!', "dimensions.gender.values: values must be there, differ"),
    ('values = ["f", "m"]', 'values = ["f", "other"] #!', "not be `unknown` or `other`"),
    ('values = ["f", "m"]', 'values = ["f", 1] #!', "dimensions.gender.values.1: Expected `str`, got `int`"),
    ("edges = [10, 25]", "edges = [25, 10] #!", "dimensions.price.edges: edges must be there and rise"),
    ("edges = [10, 25]", "edges = [10, 10] #!", "dimensions.price.edges: edges must be there and rise"),
    ("edges = [10, 25]", "edges = [] #!", "dimensions.price.edges: edges must be there and rise"),
    ("edges = [10, 25]", 'edges = ["10"] #!', "dimensions.price.edges.0: Expected `float`, got `str`"),
    ("capacity = 100", "capacity = 0 #!", "dimensions.city.capacity: 0 is not between 1 and"),
    ("[dimensions.city]", "[dimensions.City] #!", "dimensions.City: a name is lower-case letters, digits and _"),
    ("[dimensions.city]", "[dimensions.deal] #!", "dimensions.deal: a name is lower-case letters, digits and _"),
    ('[dimensions.price]\nfield = "usd"', "[dimensions.price] #!", NOT_FOUR_KINDS.format("price")),
    ("[dimensions.price]", "[dimensions.price] #!\ncapacity = 9", NOT_FOUR_KINDS.format("price")),
    ("edges = [2]", "", "dimensions.far: give field; or field and values"),
    ('origin = ["lat", "lon"]', 'origin = ["lat"] #!', "dimensions.far.origin: Expected `array` of length 2, got 1"),
    ('field = "usd"', 'field = "usd"\nstep = 5', "dimensions.price: Object contains unknown field `step`"),
    ('field = "usd"', 'field = "time"', "dimensions.price: the time is no dimension"),
    ('field = "usd"', 'field = "who"', "dimensions.price: an event's id, type, user or deal can't be cut into bands"),
    ('field = "town"', 'field = "usd" #!', "dimensions.city.field: 'usd' is a number in another dimension"),
    ("[event]", "[events] #", "unknown field `events`"),
    ("events = 1_000", "", "budget: Object missing required field `events`"),
    ("events = 1_000", "events = 0 #!", "budget.events: Expected `int` >= 1"),
    ("events_per_second = 0.5", "events_per_second = 0 #!", "budget.events_per_second: Expected `float` > 0.0"),
    ("deals = 70", "deals = 4194305 #!", "budget.deals: Expected `int` <= 4194304"),
    ("deals = 70", "deal = 70", "budget: Object contains unknown field `deal`"),
    ('memory = "1.5GB"', "memory = 1500 #!", "budget.memory: 1500 is not a size such as 500MB, 8GB or 1.5TB"),
    ('memory = "1.5GB"', 'memory = "1.5 GiB" #!', "budget.memory: '1.5 GiB' is not a size such as"),
    ("strength = 3", "strength = 0 #!", "ranking.strength: Expected `float` > 0.0"),
    ("strength = 3", "strenght = 3", "ranking: Object contains unknown field `strenght`"),
    ("strength = 3", "repeats = 0.5 #!", "ranking.repeats: Expected `float` >= 1.0"),
    ("strength = 3", "base = 1 #!", "ranking.base: Expected `float` < 1.0"),
    ("strength = 3", 'attribution = "0s" #!', "ranking.attribution: it must be longer than nothing"),
    ('    ["deal", "price,deal"],', '    ["deal", "deal,far"], #!', "ranking.chains.0: deal,far is not counted;"),
    ('    ["deal", "price,deal"],', '    ["deal", "deal"], #!', "ranking.chains.0: a chain needs one cuboid or more"),
    ('    ["deal", "price,deal"],', "    [], #!", "ranking.chains.0: a chain needs one cuboid or more"),
    ("weight = 0.5 },", "weight = 0 }, #!", "ranking.chains.1.weight: Expected `float` > 0.0"),
    ("strength = 3", 'exposure = "deal,far" #!', "ranking.exposure: deal,far is not counted;"),
    ("strength = 3", 'exposure = "deal" #!', "ranking.exposure: deal lacks city, far, gender, price, which the chains"),
    ('half_life = "6h"', 'half_life = "soon" #!', "ranking.affinity.half_life: 'soon' is not a duration such as"),
    ('half_life = "6h"', 'dimensions = ["area"] #!', "ranking.affinity.dimensions: no dimension is called 'area'"),
    ('half_life = "6h"', "weights = { sold = 1 } #!", "ranking.affinity.weights: no event type is called 'sold'"),
    ('method = "thompson"', 'method = "ucb" #!', "ranking.exploration.method: Invalid enum value 'ucb'"),
    ('method = "thompson"', "cap = 0 #!", "ranking.exploration.cap: Expected `float` > 0.0"),
    ("slots = 8", 'report = [["deal"], ["city"]] #!\nslots = 8', "report: city is not counted; there are deal;"),
]  # fmt: skip


def marked(source: str, problem: str) -> int:
    """Return the line that an error must name: the marked one, else that of the table in which something is missing."""
    table = problem.split(":")[0]
    heads = {
        "types": "[types]",
        "event": "[event]",
        "budget": "[budget]",
        "ranking": "[ranking]",
    }
    heads |= {f"dimensions.{name}": f"[dimensions.{name}]" for name in ("price", "far")}
    wanted = "#!" if "#!" in source else heads.get(table)
    lines = (number for number, line in enumerate(source.splitlines(), 1) if wanted and line.find(wanted) >= 0)
    return next(lines, 1)


@pytest.mark.parametrize(("replaced", "by", "problem"), WRONG, ids=[problem for _, _, problem in WRONG])
def test_a_wrong_file_is_refused_with_file_line_and_key(tmp_path, replaced, by, problem):
    assert GOOD.count(replaced) == 1
    source = GOOD.replace(replaced, by)
    path = tmp_path / "relevance.toml"
    path.write_text(source)
    with pytest.raises(SettingsError) as refusal:
        load_relevance(path)
    assert str(refusal.value).startswith(f"{path}:{marked(source, problem)}: ")
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such file; name yours with --config or $DEALSTREAM_CONFIG"),
        (b"name = pizza", "Invalid value (at line 1, column 8)"),
        (b'name = "\xff"', "'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path, content, problem):
    path = tmp_path / "relevance.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as refusal:
        load_relevance(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert problem in str(refusal.value)


def test_what_a_good_file_says(tmp_path):
    path = tmp_path / "relevance.toml"
    path.write_text(GOOD)
    found = load_relevance(path)
    assert found.dimensions == {
        "deal": Open("deal", "deal", 1 << 22),
        "gender": Listed("gender", "sex", ("f", "m")),
        "price": Banded("price", "usd", (10, 25)),
        "city": Open("city", "town", 100),
        "far": Distance("far", ("lat", "lon"), ("deal_lat", "deal_lon"), (2,)),
    }
    assert [cuboid.dimensions for cuboid in found.layout.cuboids] == [
        ("deal",),
        ("deal", "price"),
        ("city", "far", "gender"),
    ]
    assert (found.event.user, found.event.deal) == ("who", "deal")
    assert (found.types.names, found.slots) == (("shown", "bought"), 8)
    assert (found.max_age_ms, found.max_ahead_ms, found.ttl_seconds) == (400 * 86_400_000, None, 30 * 86_400)
    assert found.topic == "pizza.events"
    assert found.rejected_topic == "pizza.events.rejected"
    assert (found.user_events_table, found.vocabulary_table) == ("pizza:user_events", "pizza:vocabulary")
    assert found.redis_prefix == f"pizza:{found.schema}:"
    assert found.report == ("deal", "deal,price")
    assert found.budget == Budget(1000, 0.5, 70, Bytes(1_500_000_000), None)


def changed(edit: Callable[[dict[str, Any]], object]) -> str:
    table = copy.deepcopy(TABLE)
    edit(table)
    return parse(table).schema


SAME = {
    "name": lambda t: t.update(name="other"),
    "bounds": lambda t: t.update(bounds={"max_age": "1d"}),
    "expiry and regions": lambda t: t.update(user_events={"ttl": "1d", "regions": 9}),
    "budget": lambda t: t.update(budget={"events": 5, "events_per_second": 1, "memory": "1MB"}),
    "report": lambda t: t.update(report=[["city"]]),
    "fields as they are by default": lambda t: t.update(event={"id": "id", "user": "user"}),
    "edges as floats": lambda t: t["dimensions"]["price"].update(edges=[10.0, 25.0]),
    "order of the dimensions": lambda t: t.update(dimensions=dict(reversed(t["dimensions"].items()))),
}
OTHER = {
    "slots": lambda t: t.update(slots=5),
    "another type": lambda t: t["types"]["others"].append("shared"),
    "order of the types": lambda t: t["types"].update(impression="bought", conversion="shown"),
    "a cuboid more": lambda t: t["cuboids"].append(["deal", "far"]),
    "order of the cuboids": lambda t: t["cuboids"].reverse(),
    "order in a cuboid": lambda t: t["cuboids"][2].reverse(),
    "order of the values": lambda t: t["dimensions"]["gender"].update(values=["m", "f"]),
    "an edge": lambda t: t["dimensions"]["price"].update(edges=[10, 26]),
    "a capacity": lambda t: t["dimensions"]["city"].update(capacity=5),
    "field of a dimension": lambda t: t["dimensions"]["city"].update(field="town"),
    "ends of a distance": lambda t: t["dimensions"]["far"].update(origin=["lon", "lat"]),
    "field of the event": lambda t: t.update(event={"deal": "offer"}),
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_the_schema_stays_while_bucket_ids_mean_the_same(edit):
    assert changed(edit) == parse(TABLE).schema


@pytest.mark.parametrize("edit", OTHER.values(), ids=OTHER)
def test_the_schema_changes_with_the_meaning_of_bucket_ids(edit):
    assert changed(edit) != parse(TABLE).schema


def test_defaults_written_out_change_nothing():
    bare = {key: value for key, value in TABLE.items() if key != "slots"}
    bare["dimensions"] = {**TABLE["dimensions"], "city": {"field": "city"}}
    full = {**bare, "slots": 64, "dimensions": {**TABLE["dimensions"], "city": {"field": "city", "capacity": 4096}}}
    assert parse(bare).schema == parse(full).schema


def test_the_schema_is_the_same_in_every_process_and_release():
    """Were it to change, all counts would be counted again."""
    assert parse(TABLE).schema == "4ce4ec"
