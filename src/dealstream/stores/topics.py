"""Makes the Kafka topics of a deployment."""

from collections.abc import Sequence

from kafka.admin import KafkaAdminClient, NewTopic

from dealstream.stores.kafka_clients import answering, open_client

BROKER_DEFAULT = -1
_TIMEOUT_MS = 10_000


class Topics:
    """The topics of a Kafka cluster."""

    def __init__(self, brokers: str) -> None:
        self._brokers = f"at {brokers}"
        with answering(self._brokers):
            self._admin = open_client(KafkaAdminClient, brokers, _TIMEOUT_MS)

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()

    def create(self, names: Sequence[str], partitions: int = BROKER_DEFAULT) -> list[str]:
        """Make those of the topics that are missing; return their names. Replication is the broker's default."""
        with answering(self._brokers):
            there = set(self._admin.list_topics())
            missing = [name for name in names if name not in there]
            if missing:  # create_topics([]) raises
                self._admin.create_topics([NewTopic(name, partitions, BROKER_DEFAULT) for name in missing])
        return missing

    def delete(self, names: Sequence[str]) -> list[str]:
        """Destroy those of the topics that are there; return their names."""
        with answering(self._brokers):
            there = set(self._admin.list_topics())
            found = [name for name in names if name in there]
            if found:
                self._admin.delete_topics(found)
        return found
