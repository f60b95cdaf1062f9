"""A service that answers as recorded, in the shape of the real one, and hands out the real dashboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

import dealstream.service.market
from dealstream.domain.relevance import Relevance
from dealstream.service.market import market_router
from tests.dashboard import recorded
from tests.support.waiting import until

STATIC = Path(dealstream.service.market.__file__).parent / "static"


class Recorded:
    """What the service says; ``key`` is the API key that it wants, ``asked`` the bodies of all /rank requests."""

    def __init__(self, relevance: Relevance, market: Path) -> None:
        self.key: str | None = None
        self.stream = dict(recorded.STREAM)
        self.asked: list[dict[str, Any]] = []
        self.app = FastAPI()
        self.app.include_router(market_router(market))
        self._answers(relevance)
        self.app.middleware("http")(self._check)
        self.app.mount("/", StaticFiles(directory=STATIC, html=True))

    async def _check(self, request: Request, call_next: Any) -> Response:
        path = request.url.path
        is_page = path == "/" or (STATIC / path[1:]).is_file()
        if not is_page and self.key is not None and request.headers.get("X-API-Key") != self.key:
            return JSONResponse({"error": "a known key is needed"}, 401)
        return await call_next(request)

    def _answers(self, relevance: Relevance) -> None:
        app = self.app
        app.get("/dimensions")(lambda: recorded.dimensions(relevance))
        app.get("/stream")(lambda: self.stream)
        app.get("/rejected")(lambda: recorded.REJECTED)
        app.get("/topology")(lambda: recorded.TOPOLOGY)
        app.get("/ready")(lambda: JSONResponse(recorded.READY, 503))

        @app.get("/conversion")
        def conversion(cuboid: str) -> dict[str, Any]:
            by = cuboid.split(",")
            return {"by": by, "buckets": recorded.conversion(by)}

        @app.get("/deals/{deal}")
        def deal(deal: str) -> Response:
            if deal == "nobody":
                return JSONResponse({"error": "unknown"}, 404)
            return JSONResponse({"deal": deal, "attributes": {"category": "pizza", "price": 12.5}})

        @app.get("/deals/{deal}/conversion")
        def of_deal(deal: str, by: str = "") -> dict[str, Any]:
            names = by.split(",") if by else []
            return {"deal": deal, "by": names, "buckets": recorded.conversion(names)}

        @app.get("/users/{user}/events")
        def events(user: str) -> dict[str, Any]:
            event = {"id": "e", "time": 1_750_000_000_000, "type": "purchase", "user": user, "deal": "deal-0002"}
            return {"user": user, "events": [event]}

        @app.post("/rank")
        def rank(asked: dict[str, Any]) -> dict[str, Any]:
            self.asked.append(asked)
            deals = [
                {"deal": name, "score": 0.061, "rate": 0.05, "attributes": {"category": "pizza", "price": 12.5},
                 "explanation": recorded.explanation(name)}
                for name in ("deal-0001", "deal-0002")
            ]  # fmt: skip
            return {"deals": deals, "candidates": 400, "took_ms": 3.2}


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of this machine; yield its address."""
    started: list[bool] = []

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started.append(True)

    server = Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        until(lambda: bool(started) or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
