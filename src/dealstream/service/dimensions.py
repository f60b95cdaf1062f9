"""``GET /dimensions``: what is counted, for whoever builds questions."""

from fastapi import APIRouter
from msgspec.structs import asdict
from pydantic import BaseModel

from dealstream.domain.attributes import AttributeFields
from dealstream.domain.dimension import Closed
from dealstream.domain.relevance import DEAL, Relevance
from dealstream.service.candidates import DealIndex
from dealstream.service.keys import Scope, needs
from dealstream.stores.vocabulary import Vocabulary

# of an open dimension at most so many values are listed
MAX_VALUES = 1000


class Cuboid(BaseModel):
    """Dimensions counted together, and in which tiles; the first is the owner. ``users``: unique users too."""

    name: str
    dimensions: list[str]
    tiles: list[str]
    users: bool


class Dimension(BaseModel):
    """A dimension, the event fields it reads, and its values: all of a closed one, of others those met so far.

    Deals are too many: there ``values`` is empty.
    """

    name: str
    kind: str
    fields: list[str]
    values: list[str]


class Dimensions(BaseModel):
    """What a deployment counts. ``event`` tells the field of id, time, type, user and deal; ``fields`` the others.

    ``deal_fields`` are those of them that deals of the catalogue fill; what is left is the visitor's or the context's.
    """

    name: str
    types: list[str]
    event: dict[str, str]
    fields: list[str]
    deal_fields: list[str]
    dimensions: list[Dimension]
    cuboids: list[Cuboid]
    chains: list[list[str]]


def dimensions_router(
    relevance: Relevance, vocabulary: Vocabulary, fields: AttributeFields, index: DealIndex
) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["operations"], dependencies=[needs(Scope.READ)])

    @router.get("/dimensions")
    def dimensions() -> Dimensions:
        """Return what is counted."""
        return Dimensions(
            name=relevance.name,
            types=list(relevance.types.names),
            event=asdict(relevance.event),
            fields=sorted(fields.forms),
            deal_fields=index.filled(),
            dimensions=[_dimension(relevance, vocabulary, name) for name in relevance.dimensions],
            cuboids=[
                Cuboid(
                    name=cuboid.name,
                    dimensions=list(cuboid.dimensions),
                    tiles=list(cuboid.spec.grains),
                    users=cuboid.spec.users,
                )
                for cuboid in relevance.layout.cuboids
            ],
            chains=[[cuboid.name for cuboid in chain.cuboids] for chain in relevance.ranking.chains],
        )

    return router


def _dimension(relevance: Relevance, vocabulary: Vocabulary, name: str) -> Dimension:
    found = relevance.dimensions[name]
    if isinstance(found, Closed):
        values = list(found.labels)
    else:
        values = [] if name == DEAL else sorted(vocabulary.labels(name).values())[:MAX_VALUES]
    return Dimension(name=name, kind=type(found).__name__.lower(), fields=list(found.fields), values=values)
