"""Kafka: the log. One broker that is its own controller."""

from pathlib import Path

from cluster.engine import Engine
from cluster.java import server
from cluster.probes import kafka_answers
from cluster.service import Service
from cluster.templates import render


class Kafka(Service):
    """A Kafka broker in KRaft mode."""

    engine = "kafka"
    patience = 30.0

    def configure(self) -> None:
        """Write server.properties and its logging."""
        values = {"port": self.port, "controller": self.ports["controller"], "data": self.home.data}
        render("kafka", self.home.conf, values)

    def command(self) -> list[str]:
        """Start our own main class, which formats an empty data folder first: see engines/kafka/java."""
        return server(
            heap=512,
            class_path=Engine("kafka").class_path,
            options=[f"-Dlog4j2.configurationFile={self.home.conf}/log4j2.yaml"],
            main=["KafkaNode", str(self.home.conf / "server.properties")],
        )

    def answers(self) -> bool:
        """Ask for its ApiVersions."""
        return kafka_answers(self.port)


def kafka_service(port: int, controller: int, home: Path, name: str = "kafka") -> Kafka:
    """Return a broker on ports of your choice, with everything it writes in `home`."""
    return Kafka(name, home, {"clients": port, "controller": controller})
