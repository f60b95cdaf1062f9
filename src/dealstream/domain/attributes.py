"""What is known of a deal or a user by the names of event fields, and events completed by it.

An event on the log is self-contained: what the site did not tell of the user or the deal is filled in before it is
sent, so that counting it again, a year later, counts the same.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from dealstream.domain.event import Field, event_fields
from dealstream.domain.relevance import Relevance

# JSON scalars by name
Attributes = Mapping[str, Any]


class AttributeFields:
    """The fields that attributes may fill: those that dimensions read, less what every event must have of its own."""

    def __init__(self, relevance: Relevance) -> None:
        names = relevance.event
        self.own = frozenset((names.id, names.time, names.type, names.user, names.deal))
        self.forms: Mapping[str, Field] = {
            name: field for name, field in event_fields(relevance).items() if name not in self.own
        }

    def problem(self, attributes: Attributes, closed: bool) -> str | None:
        """Say what is wrong with attributes; None if nothing is.

        With ``closed`` they may hold nothing but fields; else only what events have of their own is refused.
        """
        for name, value in attributes.items():
            if name in self.own:
                return f"{name}: every event has its own"
            field = self.forms.get(name)
            if field is None and closed:
                return f"{name}: no dimension reads such a field"
            if field is not None and (wrong := _misfit(value, field)):
                return f"{name}: {wrong}"
        return None

    def fitting(self, attributes: Attributes) -> dict[str, Any]:
        """Return those attributes that are fields, and of their type still, whatever the configuration was once."""
        return {
            name: attributes[name] for name, field in self.forms.items() if name in attributes
            and _misfit(attributes[name], field) is None
        }  # fmt: skip


def _misfit(value: object, field: Field) -> str | None:
    try:
        msgspec.convert(value, field.form)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def completed(event: Attributes, *known: Attributes) -> dict[str, Any]:
    """Return an event with what it does not tell filled in; what comes first in ``known`` goes first.

    Null tells something: that the value is not known.
    """
    whole = dict(event)
    for attributes in known:
        for name, value in attributes.items():
            whole.setdefault(name, value)
    return whole
