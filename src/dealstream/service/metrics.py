"""What Prometheus reads: requests by route and status, how long they took, and what became of events."""

import time
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


@dataclass
class Metrics:
    """The figures of one application."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Begin all figures at nothing."""
        labels, registry = ("method", "route", "status"), self.registry
        self.requests = Counter("dealstream_requests", "Requests answered", labels, registry=registry)
        self.seconds = Histogram(
            "dealstream_request_seconds", "How long they took", labels[:2], buckets=_SECONDS, registry=registry
        )
        self.events = Counter("dealstream_events", "Events that were posted", ["outcome"], registry=registry)
        self.ranked = Counter("dealstream_ranked_deals", "Candidates that were ranked", registry=registry)

    def text(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Counts and times requests. A request that no route takes is counted under no name of the caller's."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if route != "none" else "any"
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - started)
