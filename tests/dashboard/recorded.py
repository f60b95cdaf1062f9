"""Answers of the HTTP API in the shapes it has, so that the dashboard can be driven without any store."""

from typing import Any

from dealstream.domain.relevance import Relevance

Record = dict[str, Any]
CATEGORIES, AGES = ("pizza", "sushi", "spa"), ("<25", "25-35", "35-50", "50-65", ">=65")
# what a sender may put into an event, and must stay text on the page
HOSTILE = '<img src=x onerror="window.broken=1">'


def bucket(labels: Record, impressions: int, conversions: int) -> Record:
    """Return a bucket with an interval about its rate."""
    rate = conversions / impressions
    spread = 2 * (rate / impressions) ** 0.5
    return {
        "bucket": labels, "impressions": impressions, "conversions": conversions, "rate": rate,
        "low": max(rate - spread, 0), "high": rate + spread,
    }  # fmt: skip


def dimensions(relevance: Relevance) -> Record:
    """Return ``GET /dimensions`` of a deployment."""
    return {
        "name": relevance.name,
        "types": list(relevance.types.names),
        "event": {"id": "id", "time": "time", "type": "type", "user": "user", "deal": "deal"},
        "fields": sorted({field for each in relevance.dimensions.values() for field in each.fields}),
        "deal_fields": ["category", "deal_lat", "deal_lon", "price"],
        "dimensions": [
            {
                "name": name,
                "kind": type(each).__name__.lower(),
                "fields": list(each.fields),
                "values": list(getattr(each, "labels", CATEGORIES if name == "category" else ())),
            }
            for name, each in relevance.dimensions.items()
        ],
        "cuboids": [
            {"name": each.name, "dimensions": list(each.dimensions), "tiles": ["ever"], "users": False}
            for each in relevance.layout.cuboids
        ],
        "chains": [[cuboid.name for cuboid in chain.cuboids] for chain in relevance.ranking.chains],
    }


def conversion(by: list[str]) -> list[Record]:
    """Return the buckets of a cuboid."""
    values = {"category": CATEGORIES, "age": AGES, "deal": ("deal-0001", "deal-0002")}
    found: list[Record] = [{}]
    for name in by:
        found = [{**labels, name: value} for labels in found for value in values.get(name, ("f", "m", "unknown"))]
    return [bucket(labels, 4000 - 37 * place, 90 + 61 * place % 230) for place, labels in enumerate(found)]


def explanation(deal: str) -> Record:
    """Return why a deal is where it is."""
    levels = [
        {
            "cuboid": cuboid, "bucket": labels, "impressions": impressions, "conversions": conversions,
            "exposure": 1.2, "prior": 0.03, "rate": 0.05, "low": 0.03, "high": 0.08, "used": used,
        }
        for cuboid, labels, impressions, conversions, used in (
            ("category", {"category": "pizza"}, 9000, 400, True),
            ("category,gender", {"category": "pizza", "gender": "f"}, 4000, 240, True),
            ("category,gender,age", {"category": "pizza", "gender": "f", "age": "25-35"}, 0, 0, False),
        )
    ]  # fmt: skip
    return {
        "deal": deal, "score": 0.061, "base": 0.03, "rate": 0.05, "low": 0.03, "high": 0.08, "chosen": 0.054,
        "affinity": 0.4, "penalty": 0.0, "suppressed": False, "unproven": False,
        "chains": [{"weight": 1.0, "levels": levels, "reached": "category,gender"}],
    }  # fmt: skip


STREAM: Record = {
    "events_per_s": 4210.0, "lag": 1250, "kept": 1_204_000, "duplicate": 312, "rejected": 2,
    "partitions": [
        {"partition": 0, "end": 700_000, "committed": 699_000, "watermark": 699_200, "behind": 800, "gone": 0},
        {"partition": 1, "end": 505_000, "committed": 504_000, "watermark": 504_550, "behind": 450, "gone": 0},
    ],
}  # fmt: skip
REJECTED: Record = {
    "rejected": [
        {"partition": 1, "offset": 504_100, "reason": "the event lies in the future", "value": '{"id":"e1"}'},
        {"partition": 0, "offset": 17, "reason": "JSON is malformed", "value": HOSTILE},
    ]
}
TOPOLOGY: Record = {
    "topology": {"id": "market-1-17", "name": "market", "status": "ACTIVE", "uptime_s": 3600, "workers": 1},
    "components": [
        {"name": name, "executors": 1, "emitted": 90_000, "acked": 89_990, "failed": 0, "latency_ms": latency}
        for name, latency in (
            ("event_spout", 812.5),
            ("dedup", 3.1),
            ("bucket_counter", 420.0),
            ("hbase_writer", 390.0),
        )
    ],
    "errors": {},
}
READY = {
    "kafka": "ok", "hbase": "no answer from 127.0.0.1:9090", "redis": "ok",
    "catalogue": "not done for the first time yet", "leaderboards": "ok", "follower": "ok",
}  # fmt: skip
