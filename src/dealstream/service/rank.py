"""``POST /rank``."""

import time
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from dealstream.domain.attributes import AttributeFields
from dealstream.domain.dimension import text
from dealstream.domain.ranking.catalogue import Filter, Near
from dealstream.domain.ranking.explain import Explanation
from dealstream.service.candidates import DealIndex
from dealstream.service.errors import unprocessable
from dealstream.service.forms import Form, Name, Names, Scalar, Told
from dealstream.service.keys import Scope, needs
from dealstream.service.known import Known, KnownDeals
from dealstream.service.metrics import Metrics
from dealstream.service.ranking import DealRanker, Place, Question

MAX_CANDIDATES = 5000
# of what a filter lets through so many are ranked, the best by the leaderboards: a page has twenty of them
FILTERED = 500


class NearForm(Form):
    """Within so many kilometres of a place, in degrees."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    km: Annotated[float, Field(gt=0, le=20_038)]


class FilterForm(BaseModel):
    """Deals of the catalogue: by plain fields, bands of numbers (``"price": "10-25"``), and ``near`` a place."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Name, Scalar] = {}
    near: NearForm | None = None


class RankForm(Form):
    """Whom to rank for, and what. ``attributes`` and ``context`` are event fields, which go before the profile's."""

    user: Name | Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)] | None = None
    attributes: Told = Field(default_factory=dict)
    context: Told = Field(default_factory=dict)
    candidates: Annotated[Names, Field(max_length=MAX_CANDIDATES)] | FilterForm = FilterForm()
    limit: Annotated[int, Field(ge=1, le=1000)] = 20
    explain: bool = False


class RankedDeal(BaseModel):
    """A deal on the page, with what the catalogue has of it, and why it is there."""

    deal: str
    score: float
    rate: float
    attributes: dict[str, Any]
    explanation: Explanation | None = None


class Page(BaseModel):
    """The best deals, the best first; ``candidates`` is among how many."""

    deals: list[RankedDeal]
    candidates: int
    took_ms: float


def rank_router(
    ranker: DealRanker, deals: KnownDeals, index: DealIndex, fields: AttributeFields, m: Metrics
) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["ranking"])

    @router.post("/rank", dependencies=[needs(Scope.READ)], response_model=Page)
    def rank(body: RankForm) -> Response:
        """Rank deals for a user, or a stranger of whom some attributes are known."""
        started = time.perf_counter()
        told = {**body.attributes, **body.context}
        if problem := fields.problem(told, closed=True):
            raise unprocessable(problem)
        known = deals.get(_candidates(body.candidates, index))
        user = None if body.user is None else str(body.user)
        found = ranker.rank(Question(user, fields.fitting(told), known, body.limit, body.explain))
        m.ranked.inc(len(known))
        page = {
            "deals": [_shown(place, known[place.deal]) for place in found],
            "candidates": len(known),
            "took_ms": round((time.perf_counter() - started) * 1000, 3),
        }
        return Response(msgspec.json.encode(page), media_type="application/json")

    return router


def _candidates(wanted: list[str] | FilterForm, index: DealIndex) -> list[str]:
    if isinstance(wanted, list):
        return wanted
    near = None if wanted.near is None else Near(wanted.near.lat, wanted.near.lon, wanted.near.km)
    labels = {name: text(value) for name, value in (wanted.__pydantic_extra__ or {}).items()}
    return index.candidates(Filter(labels, near), FILTERED)


def _shown(place: Place, known: Known) -> dict[str, Any]:
    shown = {"deal": place.deal, "score": place.score, "rate": place.rate, "attributes": known.attributes}
    return shown if place.explanation is None else {**shown, "explanation": place.explanation}
