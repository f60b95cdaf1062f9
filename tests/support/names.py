"""Deployments that exist for one test only."""

from typing import Any
from uuid import uuid4

from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from tests.support.events import TABLE


def unique_name() -> str:
    """Return the name of a deployment that nobody else has."""
    return f"t{uuid4().hex[:8]}"


def unique_relevance(**changes: Any) -> Relevance:
    """Return the deployment of `events`, under a name that nobody else has."""
    return parse({**TABLE, **changes, "name": unique_name()})
