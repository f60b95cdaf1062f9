"""A shop behind dealstream's HTTP API, as the market sees it."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx

from dealstream.cli.failure import Failure
from dealstream.market.shop import Page, People, Record, page

EVENTS_AT_ONCE = 1_000
_AT_ONCE = 8
_TIMEOUT_S = 30
# what a service says that may take it soon: it is asked again, so often at most
_LATER, _TRIES, _WAIT_S = {429, 503}, 30, 1.0
_Item = TypeVar("_Item")


class HttpShop:
    """Speaks to the service at ``url``. Its methods raise Failure if that does not do what it is asked for."""

    def __init__(self, url: str, key: str | None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {} if key is None else {"X-API-Key": key}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S, transport=transport)
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._known: set[int] = set()

    def close(self) -> None:
        """Close the connections."""
        self._pool.shutdown()
        self._http.close()

    def open(self, people: People) -> None:
        """Put every deal into the catalogue; users follow when they come for the first time."""
        self._people = people
        deals = list(zip(people.deals, people.catalogue, strict=True))
        self._all(lambda deal: self._ask("PUT", f"/deals/{deal[0]}", deal[1]), deals)

    def rank(self, users: Sequence[int], size: int, now_ms: int) -> list[Page]:
        """Return a page for each visitor; the service goes by its own clock."""
        self._introduce(users)
        return self._all(lambda user: self._page(user, size), users)

    def record(self, events: Sequence[Record]) -> None:
        """Post events; every one of them has to be taken."""
        for first in range(0, len(events), EVENTS_AT_ONCE):
            answer = self._ask("POST", "/events", {"events": list(events[first : first + EVENTS_AT_ONCE])})
            if answer["rejected"]:
                raise Failure(f"the service refuses an event: {answer['rejected'][0]['reason']}")

    def _introduce(self, users: Iterable[int]) -> None:
        new = [user for user in users if user not in self._known]
        self._all(lambda user: self._ask("PUT", f"/users/{self._people.users[user]}", self._people.profiles[user]), new)
        self._known.update(new)

    def _page(self, user: int, size: int) -> Page:
        people = self._people
        asked = {
            "user": people.users[user],
            "context": people.contexts[user],
            "candidates": people.deals,
            "limit": size,
        }
        deals = self._ask("POST", "/rank", asked)["deals"]
        if len(deals) < size:
            raise Failure(f"the service ranks {len(deals)} deals where {size} were asked for")
        return page([people.numbers[each["deal"]] for each in deals], [each["rate"] for each in deals])

    def _all(self, call: Callable[[_Item], Any], items: Sequence[_Item]) -> list[Any]:
        return list(self._pool.map(call, items))

    def _ask(self, method: str, path: str, body: Record) -> Any:  # noqa: ANN401 -- JSON
        for _ in range(_TRIES):
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.HTTPError as error:
                raise Failure(f"{self._http.base_url}: {error}") from None
            if answer.status_code not in _LATER:
                break
            time.sleep(float(answer.headers.get("Retry-After", _WAIT_S)))
        if answer.is_error:
            raise Failure(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.json() if answer.content else {}
