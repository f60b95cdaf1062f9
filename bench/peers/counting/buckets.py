"""The buckets of an event, as somebody who counts in Redis by hand would name them.

One hash per deal, category and area; a field says the cuboid, the audience and what happened. The same as
relevance.toml, written out: a function of plain f-strings is the fastest that Python has for it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

Bands = tuple[Sequence[float], Sequence[str]]

PRICE: Bands = ((5, 10, 25, 50, 100), ("<5", "5-10", "10-25", "25-50", "50-100", ">=100"))
AGE: Bands = ((18, 25, 35, 45, 55, 65), ("<18", "18-25", "25-35", "35-45", "45-55", "55-65", ">=65"))
DISTANCE: Bands = ((0.5, 1, 2, 5, 10), ("<0.5", "0.5-1", "1-2", "2-5", "5-10", ">=10"))
ACTIVITY: Bands = ((1, 3, 10, 30), ("<1", "1-3", "3-10", "10-30", ">=30"))
UNKNOWN = "unknown"


def band(bands: Bands, number: float | None) -> str:
    """Return the band of a number; an edge belongs to the band above it."""
    return UNKNOWN if number is None else bands[1][bisect_right(bands[0], number)]


def buckets(event: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the key of each hash in which an event counts, and its fields there: 30 in all."""
    type_, city, area = event["type"], event["city"], event["area"]
    category, platform, interest = event["category"], event["platform"], event["interest"]
    gender = event["gender"] or UNKNOWN
    age, price = band(AGE, event.get("age")), band(PRICE, event["price"])
    distance, activity = band(DISTANCE, event["km"]), band(ACTIVITY, event["bought"])
    return (
        (
            f"deal:{event['deal']}",
            (
                f"::{type_}",
                f"gender:{gender}:{type_}",
                f"age:{age}:{type_}",
                f"city:{city}:{type_}",
                f"area:{area}:{type_}",
                f"platform:{platform}:{type_}",
                f"distance:{distance}:{type_}",
                f"interest:{interest}:{type_}",
                f"activity:{activity}:{type_}",
                f"gender,age:{gender},{age}:{type_}",
                f"gender,area:{gender},{area}:{type_}",
                f"gender,interest:{gender},{interest}:{type_}",
                f"age,area:{age},{area}:{type_}",
                f"age,interest:{age},{interest}:{type_}",
                f"age,platform:{age},{platform}:{type_}",
                f"city,distance:{city},{distance}:{type_}",
                f"platform,distance:{platform},{distance}:{type_}",
                f"gender,age,city:{gender},{age},{city}:{type_}",
            ),
        ),
        (
            f"category:{category}",
            (
                f"::{type_}",
                f"area:{area}:{type_}",
                f"price:{price}:{type_}",
                f"distance:{distance}:{type_}",
                f"interest:{interest}:{type_}",
                f"gender,age:{gender},{age}:{type_}",
                f"price,age:{price},{age}:{type_}",
                f"age,city:{age},{city}:{type_}",
            ),
        ),
        (
            f"area:{area}",
            (
                f"::{type_}",
                f"gender:{gender}:{type_}",
                f"price:{price}:{type_}",
                f"distance:{distance}:{type_}",
            ),
        ),
    )
