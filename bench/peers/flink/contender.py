"""PyFlink as a contender: a job in Flink's mini cluster, one JVM and its Python workers."""

from collections.abc import Mapping

from bench.peers.peer import Peer


class Flink(Peer):
    """One program, which starts all others."""

    def variables(self, number: int) -> Mapping[str, str]:
        """Say where the connector is, and which Python to run functions with."""
        python = {
            "PYFLINK_CLIENT_EXECUTABLE": str(self.environment.python),
            "PYFLINK_EXECUTABLE": str(self.environment.python),
        }
        return {**super().variables(number), **python, "JARS": str(self.environment.jars)}


def flink() -> Flink:
    """Return the contender."""
    return Flink("flink", "flink", "job", processes=1)
