"""The stream of events of a marketplace of local deals: a function of a seed, as fast as a benchmark needs it.

Few deals get most of what happens, few users do most of it (power laws), and a user comes for a visit of 5 to 20
events that follow each other, all of them in one city. An event is JSON of about 300 bytes. The stream is
cut into blocks, each of which can be made without those before it: several processes can share the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.memory.world import Floats, Ints, World, make

BLOCK = 1_000
DEAL_EXPONENT = 1.1
USER_EXPONENT = 0.6
SHORTEST_VISIT, LONGEST_VISIT = 5, 20
TYPES = ("impression", "click", "purchase")
TYPE_SHARES = (0.90, 0.08, 0.02)
CHANNELS = ("direct", "search", "mail", "social")
CHANNEL_SHARES = (0.4, 0.3, 0.2, 0.1)


@dataclass(frozen=True)
class Block:
    """`BLOCK` events in a row: their times in milliseconds since 1970, their users, and their JSON."""

    times: Ints
    users: Sequence[str]
    lines: Sequence[bytes]


@dataclass(frozen=True)
class Terms:
    """What makes a stream: its time goes by from ``start_ms`` on, ``events_per_second`` fast."""

    seed: int
    start_ms: int
    events_per_second: float
    deals: int
    users: int


class Market:
    """The stream of the same terms is always the same."""

    def __init__(self, terms: Terms) -> None:
        self._seed = terms.seed
        self._start_ms = terms.start_ms
        self._ms_an_event = 1000 / terms.events_per_second
        self.world: World = make(terms.seed, terms.users, terms.deals)
        self._deal_fields = _deal_fields(self.world)

    def block(self, number: int) -> Block:
        """Return the ``number``-th block of events; ids are never repeated."""
        rng = np.random.default_rng([self._seed, 2, number])
        first = number * BLOCK
        times = self._start_ms + ((first + np.arange(BLOCK)) * self._ms_an_event).astype(np.int64)
        lengths = rng.integers(SHORTEST_VISIT, LONGEST_VISIT + 1, BLOCK // SHORTEST_VISIT)
        visits = 1 + int(np.searchsorted(np.cumsum(lengths), BLOCK))
        users = ranks(rng.random(visits), np.array(len(self.world.users.city)), USER_EXPONENT)
        visit = np.repeat(np.arange(visits), lengths[:visits])[:BLOCK]
        city = self.world.users.city[users[visit]]
        deals = self.world.deals
        deal = deals.first[city] + ranks(rng.random(BLOCK), deals.number[city], DEAL_EXPONENT)
        types = rng.choice(len(TYPES), BLOCK, p=TYPE_SHARES)
        fields = self._visit_fields(users, rng.choice(CHANNELS, visits, p=CHANNEL_SHARES).tolist())
        columns = zip(times.tolist(), types.tolist(), visit.tolist(), deal.tolist(), strict=True)
        prefix, deal_fields = f'{{"id":"{self._seed}-', self._deal_fields
        lines = [
            f'{prefix}{index:010}","time":{time},"type":"{TYPES[type_]}"{fields[who]}{deal_fields[what]}'.encode()
            for index, (time, type_, who, what) in enumerate(columns, first)
        ]
        names = [f"u{user:07}" for user in users.tolist()]
        return Block(times, [names[who] for who in visit.tolist()], lines)

    def _visit_fields(self, users: Ints, channels: Sequence[str]) -> list[str]:
        """Return what the events of each visit say of the user."""
        all_users, areas = self.world.users, self.world.areas
        columns = [column[users].tolist() for column in vars(all_users).values()]
        return [
            f',"user":"u{user:07}","gender":{gender},"age":{age},"area":"{areas[area]}","lat":{lat:.5f},"lon":{lon:.5f}'
            f',"interest":"{interest}","visits":{visits},"platform":"{platform}","channel":"{channel}"'
            for user, channel, _, area, gender, age, interest, platform, visits, lat, lon in zip(
                users.tolist(), channels, *columns, strict=True
            )
        ]


def ranks(uniform: Floats, count: Ints, exponent: float) -> Ints:
    """Return ranks from 0 to ``count`` - 1 that are drawn by a power law, from numbers drawn evenly from [0, 1).

    It is the inverse of the integral of x ** -exponent over [1, count + 1).
    """
    power = 1 - exponent
    found = (1 + uniform * ((count + 1.0) ** power - 1)) ** (1 / power)
    return np.minimum(found.astype(np.int64), count) - 1


def _deal_fields(world: World) -> list[str]:
    deals = world.deals
    columns = (deals.category, deals.price, deals.latitude, deals.longitude)
    return [
        f',"deal":"d{deal:06}","category":"{category}","price":{price:.2f},"deal_lat":{lat:.5f},"deal_lon":{lon:.5f}}}'
        for deal, (category, price, lat, lon) in enumerate(zip(*(each.tolist() for each in columns), strict=True))
    ]
