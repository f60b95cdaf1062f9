"""A cuboid as a command line names it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dealstream.cli.failure import Failure

if TYPE_CHECKING:
    from dealstream.domain.cuboid import Cuboid
    from dealstream.domain.relevance import Relevance


def cuboid_of(relevance: "Relevance", dimensions: Sequence[str]) -> "Cuboid":
    """Return the cuboid of these dimensions.

    Raises:
        Failure: it is not counted; the message lists those that are.

    """
    try:
        return relevance.layout.find(dimensions)
    except KeyError as error:
        raise Failure(str(error.args[0]), exit_code=2) from None
