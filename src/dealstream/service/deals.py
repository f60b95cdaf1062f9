"""``/deals``: the catalogue."""

from fastapi import APIRouter

from dealstream.domain.attributes import AttributeFields
from dealstream.service.candidates import DealIndex
from dealstream.service.errors import not_found, unprocessable
from dealstream.service.forms import Deal, Id, Told
from dealstream.service.keys import Scope, needs
from dealstream.service.known import NOTHING, KnownDeals


def deals_router(deals: KnownDeals, index: DealIndex, fields: AttributeFields) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/deals/{deal}", tags=["deals"])

    @router.get("", dependencies=[needs(Scope.READ)])
    def look_up(deal: Id) -> Deal:
        """Return what is known of a deal."""
        known = deals.get([deal])[deal]
        if known is NOTHING:
            raise not_found(f"nothing is known of the deal {deal}")
        return Deal.of(deal, known.attributes)

    @router.put("", dependencies=[needs(Scope.WRITE)])
    def tell(deal: Id, attributes: Told) -> Deal:
        """Replace what is known of a deal: event fields, which fill in what events do not tell, and whatever else."""
        if problem := fields.problem(attributes, closed=False):
            raise unprocessable(problem)
        deals.put(deal, attributes)
        index.put({deal: attributes})
        return Deal.of(deal, attributes)

    return router
