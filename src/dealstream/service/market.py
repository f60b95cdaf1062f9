"""``GET /market``: how the market does that `dealstream market` plays, as long as it keeps its progress here."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response
from fastapi.params import Depends


def market_router(progress: Path, dependencies: Sequence[Depends] = ()) -> APIRouter:
    """Return the route; ``progress`` is the file that the market writes, wherever and whenever."""
    router = APIRouter(tags=["operations"], dependencies=dependencies)

    @router.get("/market")
    def market() -> Response:
        """Return the progress of the market with its hidden truth, as JSON."""
        try:
            return Response(progress.read_bytes(), media_type="application/json")
        except FileNotFoundError:
            raise HTTPException(404, "no market was played") from None

    return router
