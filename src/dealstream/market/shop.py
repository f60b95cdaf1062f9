"""What a shop does for the market: it ranks deals for a visitor, and learns from what happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dealstream.market.world import CATEGORIES, GENDERS, PLATFORMS, Floats, Ints, World, degrees

Record = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The deals shown to a visitor, the best first, and the rates that the shop expects of them."""

    deals: Ints
    expected: Floats


class Shop(Protocol):
    """Knows users and deals by their numbers; events by the fields of examples/market/relevance.toml."""

    def open(self, people: "People") -> None:
        """Take in the catalogue and the users' profiles."""

    def rank(self, users: Sequence[int], size: int, now_ms: int) -> list[Page]:
        """Return a page of ``size`` deals for each of these visitors, who come at the same time."""

    def record(self, events: Sequence[Record]) -> None:
        """Take in what happened; returns when it is safe."""


class People:
    """Users and deals as the shop knows them: their names and the event fields of each."""

    def __init__(self, world: World) -> None:
        users, deals = world.users, world.deals
        self.profiles: list[Record] = [
            {"gender": GENDERS[gender], "age": age}
            for gender, age in zip(users.gender.tolist(), users.age.tolist(), strict=True)
        ]
        self.contexts: list[Record] = [
            {"platform": PLATFORMS[platform], "area": f"area-{area:02}", **_place("lat", "lon", east, north)}
            for platform, area, east, north in zip(
                users.platform.tolist(), users.area.tolist(), users.east.tolist(), users.north.tolist(), strict=True
            )
        ]
        self.catalogue: list[Record] = [
            {"category": CATEGORIES[category], "price": price, **_place("deal_lat", "deal_lon", east, north)}
            for category, price, east, north in zip(
                deals.category.tolist(), deals.price.tolist(), deals.east.tolist(), deals.north.tolist(), strict=True
            )
        ]
        self.users = [f"user-{number:05}" for number in range(len(users))]
        self.deals = [f"deal-{number:04}" for number in range(len(deals))]
        self.numbers: Mapping[str, int] = {name: number for number, name in enumerate(self.deals)}

    def event(self, kind: str, user: int, deal: int, time_ms: int, id_: str) -> Record:
        """Return an event with everything that is known of both."""
        about = {**self.profiles[user], **self.contexts[user], **self.catalogue[deal]}
        return {
            "id": id_, "time": time_ms, "type": kind, "user": self.users[user], "deal": self.deals[deal], **about,
        }  # fmt: skip


def page(deals: Sequence[int], expected: Sequence[float]) -> Page:
    """Return a page."""
    return Page(np.array(deals, np.int64), np.array(expected, np.float64))


def _place(latitude: str, longitude: str, east: float, north: float) -> Record:
    return dict(zip((latitude, longitude), degrees(east, north), strict=True))
