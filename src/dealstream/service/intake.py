"""Events on their way to the log: given what they lack, judged as the topology will judge them, and appended."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from dealstream.domain.attributes import AttributeFields, Attributes, completed
from dealstream.domain.batch import of_records
from dealstream.domain.event import MAX_TEXT, EventDecoder, texts
from dealstream.domain.records import Records
from dealstream.domain.relevance import Relevance
from dealstream.service.forms import is_text
from dealstream.service.known import KnownDeals
from dealstream.service.stores import Stores


@dataclass(frozen=True)
class Taken:
    """What became of events: the id of each that the log has, None of the others; and the reasons by position."""

    ids: list[str | None]
    reasons: Mapping[int, str]


class Intake:
    """Takes events for many threads at once."""

    def __init__(
        self,
        relevance: Relevance,
        stores: Stores,
        deals: KnownDeals,
        fields: AttributeFields,
        now_ms: Callable[[], int],
    ) -> None:
        self._names = relevance.event
        self._stores = stores
        self._deals = deals
        self._fields = fields
        self._now_ms = now_ms
        self._decoder = EventDecoder(relevance, (self._names.id, self._names.user))

    def take(self, events: Sequence[Attributes]) -> Taken:
        """Append those that are events; returns when the log has them.

        Raises:
            StoreUnavailableError: a store did not answer; if it was the log, it may have any of them.

        """
        now_ms = self._now_ms()
        reasons: dict[int, str] = {}
        values: list[bytes | None] = []
        for position, event in enumerate(self._whole(events, now_ms)):
            try:
                values.append(_encoded(event))
            except (ValueError, RecursionError) as error:
                values.append(None)
                reasons[position] = f"the event is not JSON: {str(error)[:MAX_TEXT]}"
        count = len(values)
        judged = self._decoder.judge(of_records(Records.of(0, range(count), [now_ms] * count, values), 0, count))
        ids: list[str | None] = [None] * count
        rows = judged.rows.tolist()
        for row, id_ in zip(rows, texts(judged.columns[self._names.id]), strict=True):
            ids[row] = id_
        kept = [value for row in rows if (value := values[row]) is not None]
        if kept:
            self._stores.events.append(texts(judged.columns[self._names.user]), kept, now_ms)
        return Taken(ids, {**judged.reasons, **reasons})

    def _whole(self, events: Sequence[Attributes], now_ms: int) -> list[dict[str, Any]]:
        """Return events with an id, a time, and what is known of their users and deals."""
        names = self._names
        users = [_key(event.get(names.user)) for event in events]
        deals = [_key(event.get(names.deal)) for event in events]
        profiles = self._stores.profiles.get(list(dict.fromkeys(filter(None, users))))
        of_users = {user: self._fields.fitting(profile) for user, profile in profiles.items()}
        of_deals = self._deals.get(filter(None, deals))
        return [
            completed(
                event,
                {names.id: uuid4().hex, names.time: now_ms},
                of_users.get(user, {}),
                of_deals[deal].fitting if deal else {},
            )
            for event, user, deal in zip(events, users, deals, strict=True)
        ]


def _key(value: object) -> str:
    """Return a user or deal as text; nothing for what can be neither, which is rejected later."""
    text = str(value) if type(value) is int else value
    return text if isinstance(text, str) and len(text) <= MAX_TEXT and is_text(text) else ""


def _encoded(event: Attributes) -> bytes:
    """Return the JSON of an event.

    Raises:
        ValueError: it has a number without end, or text that is none.
        RecursionError: it is nested too deep.

    """
    return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
