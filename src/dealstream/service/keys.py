"""API keys: who may do what. They come from the environment, never from a file.

DEALSTREAM_READ_KEYS    rank, and look at everything      each a list, with commas between
DEALSTREAM_WRITE_KEYS   that, and send events, tell of users and deals
DEALSTREAM_ADMIN_KEYS   that, and erase users
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyHeader

HEADER = "X-API-Key"


class Scope(IntEnum):
    """What a key allows; a higher one allows all that a lower one does."""

    READ = 1
    WRITE = 2
    ADMIN = 3

    @property
    def variable(self) -> str:
        """The environment variable with its keys."""
        return f"DEALSTREAM_{self.name}_KEYS"


@dataclass(frozen=True)
class Keys:
    """All keys with what they allow; without any, everything is allowed to everybody."""

    scopes: Mapping[bytes, Scope]

    @staticmethod
    def of(environment: Mapping[str, str]) -> "Keys":
        """Read the keys; one that is listed twice has the higher scope."""
        scopes: dict[bytes, Scope] = {}
        for scope in Scope:
            listed = map(str.strip, environment.get(scope.variable, "").split(","))
            scopes |= {key.encode(): scope for key in listed if key}
        return Keys(scopes)

    def scope(self, key: str | None) -> Scope | None:
        """Return what a key allows; None if it is unknown.

        Takes as long for a key that is nearly right as for any other: every key is compared, and each in constant time.
        """
        if not self.scopes:
            return Scope.ADMIN
        given, found = (key or "").encode("utf-8", "surrogateescape"), None
        for known, scope in self.scopes.items():
            if hmac.compare_digest(known, given):
                found = scope
        return found


_HEADER = APIKeyHeader(name=HEADER, auto_error=False, description="Needed if the service has any keys.")


def needs(scope: Scope) -> Dependency:
    """Return the dependency of a handler that a key of this scope is needed for.

    Raises, per request:
        HTTPException: 401 without a known key, 403 with one of a lower scope.

    """

    # async, for it does not wait: others are done by a thread of the pool, which takes longer than this
    async def check(request: Request, key: Annotated[str | None, Security(_HEADER)]) -> None:
        keys: Keys = request.app.state.keys
        allowed = keys.scope(key)
        if allowed is None:
            raise HTTPException(401, f"a known key in the header {HEADER} is needed", {"WWW-Authenticate": "ApiKey"})
        if allowed < scope:
            raise HTTPException(403, f"this needs a key of the scope {scope.name.lower()}")

    found: Dependency = Depends(check)
    return found
