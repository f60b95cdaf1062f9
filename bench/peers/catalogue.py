"""Who takes part, in the order of the table."""

from bench.peers.bytewax.contender import bytewax, bytewax_appending
from bench.peers.bytewax_cubes.contender import bytewax_cubes
from bench.peers.contender import Contender
from bench.peers.faust.contender import faust
from bench.peers.flink.contender import flink
from bench.peers.ours import ours
from bench.peers.quix.contender import quix
from bench.peers.streamparse.contender import streamparse


def contenders() -> list[Contender]:
    """Return every contender."""
    return [*ours(), bytewax_cubes(), bytewax_appending(), bytewax(), quix(), flink(), faust(), streamparse()]
