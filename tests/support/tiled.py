"""A deployment that counts by day and hour too, and unique users; its tiles of 1970 are kept for a century."""

from typing import Any

from dealstream.domain.relevance_table import parse
from tests.support.events import TABLE

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TILED_TABLE: dict[str, Any] = {
    **TABLE,
    "tiles": {"day": "36500d", "hour": "36500d"},
    "cuboids": [
        {"dimensions": ["deal"], "tiles": ["hour", "ever", "day"], "users": True},
        {"dimensions": ["deal", "gender"], "tiles": ["day"]},
        {"dimensions": ["deal", "city", "price"]},
        {"dimensions": ["city"], "tiles": ["hour"], "users": True},
        ["gender", "far"],
    ],
}
TILED = parse(TILED_TABLE)
