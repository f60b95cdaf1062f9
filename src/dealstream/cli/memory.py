"""``dealstream memory``: what the counters take, by server and by cuboid."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealstream.queries.memory import ServerSums
    from dealstream.settings import Settings


def memory(
    sample: Annotated[
        int | None, typer.Option(min=1, help="Look at so many cubes a server only, and estimate the rest.")
    ] = None,
    env: Env = DEFAULT_ENV,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print the memory of each Redis server, and of each cuboid: counters, bytes, what waits for folding, what expires.

    A cube is shared by all cuboids of its owner: each gets its bytes in proportion to its counters.
    """
    from dealstream import settings
    from dealstream.cli.tables import show
    from dealstream.queries.memory_tables import cuboids, servers

    loaded = settings.load(env, config)
    all_sums = _look(loaded, sample)
    by_server, by_cuboid = servers(all_sums, sample), cuboids(loaded.relevance, all_sums, sample)
    estimated = any(sums.scale(sample) > 1 for sums in all_sums)
    for sums in all_sums:
        for key in sums.unreadable:
            print(f"{sums.state.name}: {key} is no cube that this code can read, and left out", file=sys.stderr)
    if as_json:
        rows = [{**row, "tiles": sums.tiles(sample)} for row, sums in zip(by_server.to_dicts(), all_sums, strict=True)]
        print(json.dumps({"estimated": estimated, "servers": rows, "cuboids": by_cuboid.to_dicts()}))
        return
    show(by_server)
    for sums in all_sums:
        if sums.expiring:
            print(f"{sums.state.name}: cubes that expire are in {_in_words(sums.tiles(sample))}")
    print()
    show(by_cuboid)
    print("An owner's cube is shared by its cuboids: each has its bytes in proportion to its counters.")
    if estimated:
        print(f"Estimated from {sample:,} cubes a server, but for used and max.")


def _look(settings: "Settings", sample: int | None) -> "list[ServerSums]":
    from dealstream.cli.progress import progress
    from dealstream.queries.memory import ServerSums
    from dealstream.stores.open import open_memory

    memory = open_memory(settings)
    states = [(server, memory.state(server)) for server in memory.servers()]
    found = []
    with progress("keys", sum(state.keys for _, state in states)) as passed:
        for server, state in states:
            sums = ServerSums(settings.relevance, state)
            for piece in memory.pieces(server, sample):
                sums.add(piece)
                passed(piece.passed)
            passed(max(0, state.keys - sums.passed))
            found.append(sums)
    memory.close()
    return found


def _in_words(cubes: "dict[str, int]") -> str:
    """Return such as ``3 tiles from 2026-11-23 to 2026-11-25, 2 tiles from 2026-11-25T13 to 2026-11-25T14``."""
    days = sorted(name for name in cubes if "T" not in name)
    hours = sorted(name for name in cubes if "T" in name)
    return ", ".join(_span(names, sum(cubes[name] for name in names)) for names in (days, hours) if names)


def _span(names: "Sequence[str]", cubes: int) -> str:
    tiles = "1 tile" if len(names) == 1 else f"{len(names):,} tiles"
    return f"{tiles} from {names[0]} to {names[-1]} ({cubes:,} cubes)"
