"""The forms that several requests and answers share."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)

from dealstream.domain.attributes import Attributes
from dealstream.domain.event import MAX_TEXT

MAX_ATTRIBUTES = 100
MAX_VALUE = 2000


def is_text(value: str) -> bool:
    """Tell whether a string can be sent and stored: half of a surrogate pair can't."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(value: str) -> str:
    if not is_text(value):
        raise ValueError("half of a surrogate pair is no text")
    return value


def _texts(values: list[str]) -> list[str]:
    _text("".join(values))
    return values


def _number(value: object) -> object:
    """Refuse a large integer, which would pass for a float."""
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise ValueError("an integer has 64 bits")
    return value


Name = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_text)]
# one look at all of them: there may be thousands
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]], AfterValidator(_texts)]
Scalar = Annotated[
    StrictBool
    | Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)]
    | Annotated[StrictFloat, Field(allow_inf_nan=False)]
    | Annotated[StrictStr, Field(max_length=MAX_VALUE), AfterValidator(_text)]
    | None,
    BeforeValidator(_number),
]
Told = Annotated[dict[Name, Scalar], Field(max_length=MAX_ATTRIBUTES)]
Id = Annotated[str, Path(min_length=1, max_length=MAX_TEXT), AfterValidator(_text)]


class Form(BaseModel):
    """The body of a request: what it does not know of is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Deal(BaseModel):
    """What is known of a deal."""

    deal: str
    attributes: dict[str, Any]

    @staticmethod
    def of(deal: str, attributes: Attributes) -> "Deal":
        """Return what is known of a deal."""
        return Deal(deal=deal, attributes=dict(attributes))


class User(BaseModel):
    """What is known of a user."""

    user: str
    attributes: dict[str, Any]
