"""What callers are told when something is wrong: ``{"error": "text"}``, never a stack trace."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException

from dealstream.stores.errors import StoreUnavailableError

_LOGGER = logging.getLogger("dealstream.service")
_MAX_TEXT = 500
RETRY_AFTER_S = 2


class Problem(BaseModel):
    """What was wrong."""

    error: str


# what every request may be answered, for the OpenAPI document
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "No JSON",
        401: "No API key, or an unknown one",
        403: "The API key has another scope",
        404: "There is no such thing",
        413: "Too large",
        422: "Not what is expected",
        429: "Too many requests",
        503: "A store is away; try again",
    }.items()
}


def unprocessable(text: str) -> HTTPException:
    """Return the error of a request whose content is wrong."""
    return HTTPException(422, _plain(text))


def not_found(text: str) -> HTTPException:
    """Return the error of something that is not there."""
    return HTTPException(404, _plain(text))


def add_handlers(app: FastAPI) -> None:
    """Let the application answer every exception in this form."""
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreUnavailableError, _away)
    app.add_exception_handler(Exception, _broken)


def answer(status: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the answer of a request that failed."""
    return JSONResponse({"error": _plain(text)}, status, headers)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    return answer(error.status_code, str(error.detail), dict(error.headers or {}))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems: Sequence[Any] = error.errors()
    unread = any(problem["type"] == "json_invalid" for problem in problems)
    text = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems[:5])
    return answer(400 if unread else 422, text)


async def _away(_: Request, error: Exception) -> JSONResponse:
    _LOGGER.warning("%s", error)
    return answer(503, str(error).split("\n", 1)[0], {"Retry-After": str(RETRY_AFTER_S)})


async def _broken(request: Request, error: Exception) -> JSONResponse:
    _LOGGER.error("%s %s", request.method, request.url.path, exc_info=error)
    return answer(500, "something is wrong with the service; its log says what")


def _plain(text: str) -> str:
    """Return a text that can be sent, whatever the caller had us quote in it."""
    return text[:_MAX_TEXT].encode("utf-8", "backslashreplace").decode()
