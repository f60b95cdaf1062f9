"""The application: stores in, routes out."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from dealstream.domain.attributes import AttributeFields
from dealstream.domain.relevance import Relevance
from dealstream.service.base_rate import BaseRate
from dealstream.service.candidates import DealIndex
from dealstream.service.codes import KnownCodes
from dealstream.service.conversion import ConversionReader, conversion_router
from dealstream.service.deals import deals_router
from dealstream.service.dimensions import dimensions_router
from dealstream.service.errors import PROBLEMS, add_handlers
from dealstream.service.events import events_router
from dealstream.service.exposures import FittedExposures
from dealstream.service.intake import Intake
from dealstream.service.keys import Keys, Scope, needs
from dealstream.service.known import KnownDeals
from dealstream.service.limits import Limits, LimitsMiddleware
from dealstream.service.market import market_router
from dealstream.service.metrics import Metrics, MetricsMiddleware
from dealstream.service.operations import operations_router
from dealstream.service.rank import rank_router
from dealstream.service.ranking import DealRanker, wall_clock_ms
from dealstream.service.stores import Stores
from dealstream.service.users import users_router

STATIC = Path(__file__).parent / "static"
# so many seconds a thread may keep the interpreter from others: with Python's own 5 ms, a request that wants it four
# times would wait 20 ms beside the thread that makes leaderboards
SWITCH_S = 0.0005
# where `dealstream market` keeps its progress, in the folder that both work in
MARKET = Path("build/market.json")


def create_app(
    relevance: Relevance,
    stores: Stores,
    keys: Keys,
    limits: Limits | None = None,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> FastAPI:
    """Return the application of a deployment."""
    metrics, fields = Metrics(), AttributeFields(relevance)
    codes, base = KnownCodes(relevance, stores.vocabulary), BaseRate(relevance, stores.counters)
    deals = KnownDeals(stores.catalogue, fields)
    exposures = FittedExposures(relevance, stores, base)
    ranker = DealRanker(relevance, stores, fields, codes, exposures, now_ms)
    index = DealIndex(relevance, stores, fields, codes, exposures, now_ms)
    app = FastAPI(
        title="dealstream",
        description=f"The deployment {relevance.name}.",
        responses=PROBLEMS,
        lifespan=partial(_alive, index),
    )
    app.state.keys = keys
    for router in (
        events_router(Intake(relevance, stores, deals, fields, now_ms), metrics),
        rank_router(ranker, deals, index, fields, metrics),
        users_router(stores, fields),
        conversion_router(ConversionReader(relevance, stores, now_ms)),
        deals_router(deals, index, fields),
        dimensions_router(relevance, stores.vocabulary, fields, index),
        operations_router(stores, index, metrics),
        market_router(MARKET, [needs(Scope.READ)]),
    ):
        app.include_router(router)
    if STATIC.is_dir():
        app.mount("/", StaticFiles(directory=STATIC, html=True))
    add_handlers(app)
    app.add_middleware(LimitsMiddleware, limits=limits or Limits(), keys=keys)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    return app


@asynccontextmanager
async def _alive(index: DealIndex, _app: FastAPI) -> AsyncIterator[None]:
    """Keep the index fresh while the application serves."""
    with ExitStack() as closing:
        index.keep_fresh(closing)
        yield
