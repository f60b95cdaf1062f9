"""The buckets of an event, as somebody who counts in Redis by hand would name them.

A hash per deal; a field says the cuboid, the audience and what happened. The same as bench/relevance.toml, written out:
a function of plain f-strings is the fastest that Python has for it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

Bands = tuple[Sequence[float], Sequence[str]]

AGE: Bands = ((18, 25, 35, 45, 55, 65), ("<18", "18-25", "25-35", "35-45", "45-55", "55-65", ">=65"))
PRICE: Bands = ((10, 25, 50, 100), ("<10", "10-25", "25-50", "50-100", ">=100"))
DISTANCE: Bands = ((1, 2, 5, 10), ("<1", "1-2", "2-5", "5-10", ">=10"))
GENDERS = {"f": "f", "m": "m"}


def band(bands: Bands, number: float) -> str:
    """Return the band of a number; an edge belongs to the band above it."""
    return bands[1][bisect_right(bands[0], number)]


def key(event: dict[str, Any]) -> str:
    """Return the key of the hash in which an event counts."""
    return f"deal:{event['deal']}"


def buckets(event: dict[str, Any]) -> tuple[str, ...]:
    """Return the fields of that hash in which it counts: 30."""
    what, city, area, platform = event["type"], event["city"], event["area"], event["platform"]
    interest, activity = event["interest"], event["activity"]
    gender = GENDERS.get(event["gender"], "other")
    age, price, distance = band(AGE, event["age"]), band(PRICE, event["price"]), band(DISTANCE, event["km"])
    return (
        f"::{what}",
        f"gender:{gender}:{what}",
        f"age:{age}:{what}",
        f"city:{city}:{what}",
        f"area:{area}:{what}",
        f"platform:{platform}:{what}",
        f"price:{price}:{what}",
        f"distance:{distance}:{what}",
        f"interest:{interest}:{what}",
        f"activity:{activity}:{what}",
        f"gender,age:{gender},{age}:{what}",
        f"gender,city:{gender},{city}:{what}",
        f"gender,area:{gender},{area}:{what}",
        f"gender,platform:{gender},{platform}:{what}",
        f"gender,price:{gender},{price}:{what}",
        f"gender,interest:{gender},{interest}:{what}",
        f"age,city:{age},{city}:{what}",
        f"age,area:{age},{area}:{what}",
        f"age,interest:{age},{interest}:{what}",
        f"city,platform:{city},{platform}:{what}",
        f"platform,distance:{platform},{distance}:{what}",
        f"platform,activity:{platform},{activity}:{what}",
        f"gender,age,city:{gender},{age},{city}:{what}",
        f"gender,age,area:{gender},{age},{area}:{what}",
        f"gender,age,platform:{gender},{age},{platform}:{what}",
        f"gender,age,interest:{gender},{age},{interest}:{what}",
        f"gender,interest,activity:{gender},{interest},{activity}:{what}",
        f"age,city,price:{age},{city},{price}:{what}",
        f"city,price,distance:{city},{price},{distance}:{what}",
        f"area,platform,distance:{area},{platform},{distance}:{what}",
    )
