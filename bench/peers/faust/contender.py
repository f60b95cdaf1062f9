"""Faust as a contender: two workers."""

from bench.peers.peer import Peer


class Faust(Peer):
    """Workers of one app, each on uvloop."""

    def command(self, number: int) -> list[str]:
        """Return Faust's own runner."""
        worker = ["worker", "--without-web", "--loglevel", "warn"]
        return [str(self.environment.python), "-m", "faust", "-L", "uvloop", "-A", "bench.peers.faust.app:app", *worker]


def faust() -> Faust:
    """Return the contender."""
    return Faust("faust", "faust", "app")
