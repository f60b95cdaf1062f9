"""kafka-python's clients, opened so that nothing stays behind when Kafka does not answer: no thread, no socket."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError

Client = TypeVar("Client")


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Turn what kafka-python raises into `StoreUnavailableError`; ``what`` says who did not answer."""
    try:
        yield
    except KafkaError as error:
        raise StoreUnavailableError(f"Kafka {what}: {error!r}") from error


def open_client(kind: Callable[..., Client], brokers: str, timeout_ms: int, **configuration: Any) -> Client:  # noqa: ANN401
    """Return a consumer, producer or admin client, connected.

    Raises:
        KafkaError: no broker answers within ``timeout_ms``.

    """
    opened: list[Any] = []

    def remembered(**options: Any) -> Any:  # noqa: ANN401 -- kafka-python's
        opened.append(KafkaNetClient(**options))
        return opened[-1]

    try:
        return kind(
            bootstrap_servers=brokers.split(","),
            bootstrap_timeout_ms=timeout_ms,
            # the default of 30 s keeps a client away from a broker that is back
            reconnect_backoff_max_ms=500,
            kafka_client=remembered,
            **secrets.kafka_python(os.environ),
            **configuration,
        )
    except KafkaError:
        for client in opened:
            client.close()
        raise
