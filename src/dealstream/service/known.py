"""What is known of deals, remembered for a while: a page of candidates asks for the same ones again and again."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dealstream.domain.attributes import AttributeFields, Attributes
from dealstream.stores.catalogue import Catalogue

# what another service was told of a deal is known here after so long
REMEMBERED_S = 10.0
CAPACITY = 200_000


@dataclass(frozen=True)
class Known:
    """All attributes, and those that event fields can be filled with."""

    attributes: Attributes
    fitting: Mapping[str, Any]


NOTHING = Known({}, {})


class KnownDeals:
    """The catalogue behind a memory; what is put through it is known at once."""

    def __init__(
        self, catalogue: Catalogue, fields: AttributeFields, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._catalogue = catalogue
        self._fields = fields
        self._clock = clock
        self._remembered: dict[str, tuple[float, Known]] = {}

    def put(self, deal: str, attributes: Attributes) -> None:
        """Replace all that is known of a deal."""
        self._catalogue.put(deal, attributes)
        self._remember(deal, attributes, self._clock())

    def get(self, deals: Iterable[str]) -> dict[str, Known]:
        """Return what is known of each deal, in their order; of many of them that is `NOTHING`."""
        now = self._clock()
        found: dict[str, Known | None] = {}
        for deal in deals:
            until, known = self._remembered.get(deal, (now, NOTHING))
            found[deal] = known if now < until else None
        unknown = [deal for deal, known in found.items() if known is None]
        if unknown:
            read = self._catalogue.get(unknown)
            for deal in unknown:
                found[deal] = self._remember(deal, read.get(deal), now)
        return {deal: known or NOTHING for deal, known in found.items()}

    def _remember(self, deal: str, attributes: Attributes | None, now: float) -> Known:
        _, known = self._remembered.get(deal, (now, NOTHING))
        if attributes != known.attributes:
            known = Known(attributes, self._fields.fitting(attributes)) if attributes else NOTHING
        if len(self._remembered) >= CAPACITY:
            self._remembered = {}
        self._remembered[deal] = now + REMEMBERED_S, known
        return known
