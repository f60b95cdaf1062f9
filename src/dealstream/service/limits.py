"""How much a caller may ask for: the size of a request, and how many of them."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dealstream.service.errors import answer
from dealstream.service.keys import HEADER, Keys

_KEY = HEADER.lower().encode()
# beyond so many callers at once, those that have been quiet the longest are forgotten
_CALLERS = 10_000


@dataclass(frozen=True)
class Limits:
    """``body_bytes`` of a request at most; ``per_second`` requests of a caller, and ``burst`` of them at once."""

    body_bytes: int = 1 << 20
    per_second: float = 500.0
    burst: int = 1000


class Buckets:
    """A token bucket a caller: each request takes a token, and tokens come back with time."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._tokens: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def wait(self, caller: bytes) -> float:
        """Take a token; return 0, or in how many seconds there will be one if there is none."""
        now, limits = self._clock(), self._limits
        tokens, then = self._tokens.pop(caller, (float(limits.burst), now))
        tokens = min(float(limits.burst), tokens + (now - then) * limits.per_second)
        taken = tokens >= 1
        self._tokens[caller] = (tokens - taken, now)
        if len(self._tokens) > _CALLERS:
            self._tokens.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / limits.per_second


class LimitsMiddleware:
    """Refuses what is too much before any of our code sees it. A caller is a known key, or else an address."""

    def __init__(self, app: ASGIApp, limits: Limits, keys: Keys) -> None:
        self._app = app
        self._limits = limits
        self._keys = keys
        self._buckets = Buckets(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if seconds := self._buckets.wait(self._caller(scope)):
            refusal = answer(429, "too many requests", {"Retry-After": str(int(seconds) + 1)})
            await refusal(scope, receive, send)
            return
        messages = await self._read(receive)
        if messages is None:
            refusal = answer(413, f"a request has {self._limits.body_bytes:,} bytes at most", {"Connection": "close"})
            await refusal(scope, receive, send)
            return

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, again, send)

    def _caller(self, scope: Scope) -> bytes:
        key = dict(scope["headers"]).get(_KEY, b"")
        if key and self._keys.scopes and self._keys.scope(key.decode("latin-1")) is not None:
            return bytes(key)
        return str((scope.get("client") or ("",))[0]).encode()

    async def _read(self, receive: Receive) -> list[Message] | None:
        """Read a whole request, whatever length it claims to have; None if it is too large."""
        messages: list[Message] = []
        left, more = self._limits.body_bytes, True
        while more:
            message = await receive()
            messages.append(message)
            left -= len(message.get("body", b""))
            if left < 0:
                return None
            more = message["type"] == "http.request" and message.get("more_body", False)
        return messages
