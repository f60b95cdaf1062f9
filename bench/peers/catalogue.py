"""Who takes part, in the order of the table."""

from bench.peers.bytewax.contender import bytewax
from bench.peers.contender import Contender
from bench.peers.peer import Peer


def contenders() -> list[Contender]:
    """Return every contender."""
    return [bytewax(), Peer("quix", "quix", "app")]
