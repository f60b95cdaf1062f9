"""Chains as a tree: what they have in common at their coarse ends is one path, computed once and weighed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dealstream.domain.cuboid import Cuboid
from dealstream.domain.ranking.ranking import Chain

ROOT = -1
# the names of the cuboids that lead to a node, its own the last
Path = tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A cuboid below another; ``parent`` is that one's position in the tree, `ROOT` is the base rate.

    ``weight`` is that of the step from the parent to this cuboid: the sum over the chains that take it, at most 1.
    """

    cuboid: Cuboid
    parent: int
    weight: float


@dataclass(frozen=True)
class Tree:
    """Nodes, parents before children; ``paths`` has the positions of each chain's nodes, ``weights`` its weight."""

    nodes: tuple[Node, ...]
    paths: tuple[tuple[int, ...], ...]
    weights: tuple[float, ...]

    @staticmethod
    def of(chains: Sequence[Chain]) -> "Tree":
        """Lay chains over each other as far as they begin alike."""
        found: dict[tuple[int, Cuboid], int] = {}
        sums: list[float] = []
        paths = []
        for chain in chains:
            path: list[int] = []
            for cuboid in chain.cuboids:
                step = (path[-1] if path else ROOT), cuboid
                if step not in found:
                    found[step] = len(found)
                    sums.append(0.0)
                path.append(found[step])
                sums[path[-1]] += chain.weight
            paths.append(tuple(path))
        nodes = [Node(cuboid, parent, min(sums[node], 1.0)) for (parent, cuboid), node in found.items()]
        return Tree(tuple(nodes), tuple(paths), tuple(chain.weight for chain in chains))

    def way(self, node: int) -> tuple[int, ...]:
        """Return the positions of the nodes that lead to a node, and its own."""
        parent = self.nodes[node].parent
        return (node,) if parent == ROOT else (*self.way(parent), node)

    def below(self, node: int) -> list[int]:
        """Return the positions of the nodes that a node leads to."""
        return [other for other in range(len(self.nodes)) if other != node and node in self.way(other)]

    @cached_property
    def names(self) -> tuple[Path, ...]:
        """The path of each node."""
        return tuple(tuple(self.nodes[each].cuboid.name for each in self.way(node)) for node in range(len(self.nodes)))

    @property
    def cuboids(self) -> tuple[Cuboid, ...]:
        """The cuboids of its nodes, once each."""
        return tuple(dict.fromkeys(node.cuboid for node in self.nodes))
