"""What the topology that runs counts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dealstream.settings import Settings


def running_schema(settings: "Settings") -> str | None:
    """Return the schema that the deployment's topology counts into; None if none is running.

    Raises:
        StoreUnavailableError: Nimbus does not answer, or does not know.

    """
    from dealstream.domain.relevance_table import parse
    from dealstream.domain.toml_table import RelevanceError
    from dealstream.settings import RELEVANCE_KEY, SCHEMA_KEY
    from dealstream.stores.errors import StoreUnavailableError
    from dealstream.stores.nimbus import open_nimbus

    name = settings.relevance.name
    if not settings.nimbus:
        raise StoreUnavailableError("config.json names no Nimbus for this environment")
    with open_nimbus(settings.nimbus, settings.tuning.socket_timeout_ms) as nimbus:
        running = nimbus.find(name)
        conf = {} if running is None else nimbus.conf(running)
    if running is None:
        return None
    try:
        return str(conf[SCHEMA_KEY]) if SCHEMA_KEY in conf else parse(conf[RELEVANCE_KEY]).schema
    except (KeyError, RelevanceError):
        raise StoreUnavailableError(f"Nimbus does not know what the running topology {name} counts") from None
