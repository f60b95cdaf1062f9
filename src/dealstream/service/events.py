"""``POST /events``."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealstream.service.forms import Form
from dealstream.service.intake import Intake
from dealstream.service.keys import Scope, needs
from dealstream.service.metrics import Metrics

MAX_EVENTS = 1000


class Events(Form):
    """Events as relevance.toml says; ids and times that are missing are made."""

    events: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_EVENTS)]


class Rejected(BaseModel):
    """Why one of the events, counted from 0, is none."""

    index: int
    reason: str


class Accepted(BaseModel):
    """How many events are on the log, and the id of each; null for those that were rejected."""

    accepted: int
    rejected: list[Rejected]
    ids: list[str | None]


def events_router(intake: Intake, metrics: Metrics) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["events"])

    @router.post("/events", dependencies=[needs(Scope.WRITE)])
    def take(body: Events) -> Accepted:
        """Put events on the log; answers when it has them, on every replica in sync.

        Attributes of the user and the deal that an event does not tell are filled in from profile and catalogue; null
        tells that a value is not known. After a 503 send them again: with ids of your own, none counts twice.
        """
        taken = intake.take(body.events)
        rejected = [Rejected(index=index, reason=reason) for index, reason in sorted(taken.reasons.items())]
        accepted = len(taken.ids) - len(rejected)
        metrics.events.labels("accepted").inc(accepted)
        metrics.events.labels("rejected").inc(len(rejected))
        return Accepted(accepted=accepted, rejected=rejected, ids=taken.ids)

    return router
