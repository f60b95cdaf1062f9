"""``/users``: profiles, events, and erasure."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel

from dealstream.domain.attributes import AttributeFields
from dealstream.domain.erasure import Tombstone
from dealstream.service.errors import not_found, unprocessable
from dealstream.service.forms import Id, Told, User
from dealstream.service.keys import Scope, needs
from dealstream.service.stores import Stores


class UserEvents(BaseModel):
    """A user's events, the newest first."""

    user: str
    events: list[dict[str, Any]]


class Erasure(BaseModel):
    """What is erased: the profile, and all events that were on the log before its ``ends``, by partition."""

    user: str
    ends: dict[int, int]


def users_router(stores: Stores, fields: AttributeFields) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/users/{user}", tags=["users"])

    @router.get("/events", dependencies=[needs(Scope.READ)])
    def events(user: Id, limit: Annotated[int, Query(ge=1, le=10_000)] = 100) -> UserEvents:
        """Return a user's newest events; none if there is no such user."""
        newest = reversed(stores.user_events.events(user, limit))
        return UserEvents(user=user, events=[msgspec.json.decode(event) for event in newest])

    @router.get("", dependencies=[needs(Scope.READ)])
    def profile(user: Id) -> User:
        """Return a user's profile."""
        found = stores.profiles.get([user]).get(user)
        if found is None:
            raise not_found(f"nothing is known of the user {user}")
        return User(user=user, attributes=dict(found))

    @router.put("", dependencies=[needs(Scope.WRITE)])
    def tell(user: Id, attributes: Told) -> User:
        """Replace a user's profile: event fields, which fill in what events do not tell, and whatever else you like."""
        if problem := fields.problem(attributes, closed=False):
            raise unprocessable(problem)
        stores.profiles.put(user, attributes)
        return User(user=user, attributes=attributes)

    @router.delete("", dependencies=[needs(Scope.ADMIN)])
    def erase(user: Id) -> Erasure:
        """Erase a user: profile and events, and a replay of the log does not bring them back.

        What the user does from now on is kept again. Kafka holds the events until its retention ends; the counts are of
        nobody in particular, and stay. What is posted while this request lasts may go either way.
        """
        return Erasure(user=user, ends=erased(stores, user))

    return router


def erased(stores: Stores, user: str) -> dict[int, int]:
    """Erase a user; return the ends of the log below which that holds.

    The tombstone is first: see `HBaseWriterBolt.flush` for why nothing slips through. Done again, after it failed or
    not, it erases what came meanwhile too.
    """
    ends = stores.log.ends()
    stores.erasures.add(Tombstone(user, ends))
    stores.user_events.erase(user)
    stores.profiles.delete(user)
    return ends
