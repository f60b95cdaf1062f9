"""Write a day and a night of a made-up pizza marketplace in Berlin as NDJSON, the same in every run.

It has what real trackers send: ISO 8601 times in two zones, events out of order, lines that come twice (a twentieth),
fields that are null or missing, ids as text and as numbers.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

START = datetime(2025, 5, 1, 10, tzinfo=UTC)
DISTRICTS = {
    "Mitte": (52.520, 13.405),
    "Kreuzberg": (52.499, 13.403),
    "Neukölln": (52.481, 13.435),
    "Wedding": (52.550, 13.359),
}
# style -> how often a click becomes an order
STYLES = {"neapolitan": 0.30, "new-york": 0.45, "roman": 0.25, "chicago": 0.15, "pinsa": 0.20}
Record = dict[str, Any]


def near(rng: random.Random, place: tuple[float, float], spread: float) -> tuple[float, float]:
    """Return a point about ``spread`` degrees from ``place``."""
    return round(rng.gauss(place[0], spread), 5), round(rng.gauss(place[1], spread), 5)


def offers(rng: random.Random, count: int) -> list[Record]:
    """Return what the ovens sell."""
    made = []
    for number in range(count):
        style = rng.choice(list(STYLES))
        lat, lon = near(rng, rng.choice(list(DISTRICTS.values())), 0.01)
        price, stars = round(rng.uniform(6, 22), 1), rng.choice([3.5, 4.0, 4.5, 5.0])
        made.append(
            {
                "offer": f"{style}-{number}",
                "style": style,
                "price": price,
                "stars": stars,
                "oven_lat": lat,
                "oven_lon": lon,
            }
        )
    return made


def visitors(rng: random.Random, count: int) -> list[Record]:
    """Return who looks: many tell little, and some don't share where they are."""
    made = []
    for number in range(count):
        district = rng.choice(list(DISTRICTS))
        visitor: Record = {
            "visitor": number,
            "district": district,
            "platform": rng.choice(["ios", "android", "web", "tv"]),
        }
        visitor["gender"] = rng.choice(["f", "f", "m", "m", "x", None])
        if rng.random() < 0.8:
            visitor["age"] = rng.randint(16, 80)
        shares = rng.random() < 0.85
        visitor["visitor_lat"], visitor["visitor_lon"] = (
            near(rng, DISTRICTS[district], 0.01) if shares else (None, None)
        )
        visitor["returning"] = rng.random() < 0.4
        made.append(visitor)
    return made


def visit(rng: random.Random, visitor: Record, offer: Record, start: datetime) -> Iterator[tuple[datetime, Record]]:
    """Yield what a visitor does about an offer, each with the moment it is sent: see it, click, order."""
    moment = start
    chances = {"shown": 1.0, "click": 0.35, "order": STYLES[offer["style"]]}
    for kind, chance in chances.items():
        if rng.random() >= chance:
            return
        zone = rng.choice([UTC, timezone(timedelta(hours=2))])
        event = {
            "event_id": f"{rng.getrandbits(64):016x}",
            "ts": moment.astimezone(zone).isoformat(timespec="milliseconds"),
        }
        yield moment + timedelta(seconds=rng.expovariate(1 / 20)), {**event, "kind": kind, **visitor, **offer}
        moment += timedelta(seconds=rng.uniform(2, 300))


def events(count: int, seed: int) -> list[Record]:
    """Return ``count`` lines in the order in which they are sent; a twentieth of them are there for the second time."""
    rng = random.Random(seed)
    people, menu = visitors(rng, max(10, count // 12)), offers(rng, 40)
    sent: list[tuple[datetime, Record]] = []
    once = count - count // 20
    while len(sent) < once:
        start = START + timedelta(seconds=rng.uniform(0, 86_400))
        sent.extend(visit(rng, rng.choice(people), rng.choice(menu), start))
    del sent[once:]
    sent += [
        (moment + timedelta(seconds=rng.uniform(1, 600)), event) for moment, event in rng.sample(sent, count // 20)
    ]
    return [event for _, event in sorted(sent, key=lambda item: item[0])]


def main() -> None:
    """Write the events to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5000, help="how many lines (5000)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for event in events(arguments.events, arguments.seed):
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
