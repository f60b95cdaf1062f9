"""How the deployment does: ``/stream``, ``/rejected``, ``/topology``, ``/dimensions``, health and metrics."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from dealstream.service.candidates import DealIndex
from dealstream.service.keys import Scope, needs
from dealstream.service.metrics import CONTENT_TYPE, Metrics
from dealstream.service.stores import Stores
from dealstream.service.stream import StreamWatch
from dealstream.stores.errors import StoreUnavailableError


class Partition(BaseModel):
    """Offsets of a partition; ``gone`` are those that the log lost before they were counted."""

    partition: int
    end: int
    committed: int
    watermark: int
    behind: int
    gone: int


class Stream(BaseModel):
    """Records counted by what became of them, how many a second lately (null at first), and how many are behind."""

    events_per_s: float | None
    lag: int
    kept: int
    duplicate: int
    rejected: int
    partitions: list[Partition]


class RejectedRecord(BaseModel):
    """A record that is no event, where it is on the log, and why; its value as text, null if there was none."""

    partition: int
    offset: int
    reason: str
    value: str | None


class RejectedRecords(BaseModel):
    """The newest first."""

    rejected: list[RejectedRecord]


class Topology(BaseModel):
    """The topology as Nimbus knows it; null if it does not run."""

    topology: dict[str, Any] | None
    components: list[dict[str, Any]]
    errors: dict[str, str]


class Health(BaseModel):
    """The process lives."""

    status: str


def operations_router(stores: Stores, index: DealIndex, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    router, watch = APIRouter(tags=["operations"]), StreamWatch(stores)
    read = [needs(Scope.READ)]

    @router.get("/stream", dependencies=read)
    def stream() -> Stream:
        """Return how far the stores are, and how fast."""
        look, per_second = watch.look()
        partitions = [Partition(**{name: getattr(lag, name) for name in Partition.model_fields}) for lag in look.lags]
        return Stream(events_per_s=per_second, lag=look.behind, partitions=partitions, **look.outcomes)

    @router.get("/rejected", dependencies=read)
    def rejected(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> RejectedRecords:
        """Return the newest records that the topology took for no events."""
        found = [
            RejectedRecord(partition=each.partition, offset=each.offset, reason=each.reason, value=_text(each.value))
            for each in stores.rejected.newest(limit)
        ]
        return RejectedRecords(rejected=found)

    @router.get("/topology", dependencies=read)
    def topology() -> Topology:
        """Return Nimbus' figures."""
        state = stores.topology()
        if state is None:
            return Topology(topology=None, components=[], errors={})
        return Topology(topology=vars(state.running), components=state.rows, errors=dict(state.errors))

    @router.get("/health")
    def health() -> Health:
        """Tell that the process lives."""
        return Health(status="ok")

    @router.get("/ready", responses={503: {"model": dict[str, str]}})
    def ready(response: Response) -> dict[str, str]:
        """Tell of each store whether it answers, and of what is in memory whether it is fresh: ``ok``, or why not."""
        problems = {name: _problem(ask) for name, ask in _questions(stores).items()}
        problems |= {work.name: work.problem for work in (*index.repeated, *stores.repeated)}
        found = {name: "ok" if problem is None else problem.split("\n", 1)[0] for name, problem in problems.items()}
        if any(state != "ok" for state in found.values()):
            response.status_code = 503
        return found

    @router.get("/metrics")
    def figures() -> Response:
        """Return the service's own figures, for Prometheus."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router


def _questions(stores: Stores) -> Mapping[str, Callable[[], object]]:
    """Return a small question for each store."""
    return {
        "kafka": stores.log.ends,
        "hbase": lambda: stores.catalogue.get(["-"]),
        "redis": lambda: stores.counters.applied([0]),
    }


def _problem(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except StoreUnavailableError as error:
        return str(error)
    return None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
