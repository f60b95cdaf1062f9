"""Quix Streams as a contender: two processes in one consumer group."""

from bench.peers.peer import Peer


def quix() -> Peer:
    """Return the contender."""
    return Peer("quix", "quix", "app")
