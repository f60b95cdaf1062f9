"""``dealstream reshard``: the slots are spread over the Redis servers of config.json while counting goes on."""

import re
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.consent import asked
from dealstream.cli.failure import Failure
from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealstream.domain.rebalance import Move
    from dealstream.queries.slots import CountedServer
    from dealstream.settings import Settings
    from dealstream.stores.resharder import Resharder
    from dealstream.stores.slot_mover import Moved

_REPLACEMENT = re.compile(r"([^=\s]+:\d+)=([^=\s]+:\d+)")


def reshard(
    replace: Annotated[
        str | None,
        typer.Option(metavar="OLD=NEW", help="Move nothing: NEW has a copy of OLD, and takes its place (host:port)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Spread the slots evenly over the Redis servers of config.json. Counting goes on; each slot rests for a moment.

    Whatever ends it, run it again: nothing is lost, and it goes on where it was.
    """
    from dealstream import settings

    loaded = settings.load(env, config)
    if replace is None:
        _spread(loaded, yes)
    else:
        _replace(loaded, replace, yes)


def _spread(settings: "Settings", yes: bool) -> None:
    from dealstream.cli.slot_count import count, leftovers
    from dealstream.cli.tables import show
    from dealstream.queries.slots import plan
    from dealstream.stores.open import open_resharder

    with closing(open_resharder(settings)) as resharder:
        moves = resharder.moves()
        servers = count(resharder.servers, resharder.servers.look())
        left = leftovers(servers)
        if not moves and not left:
            print(f"nothing to do: every server has its share of {settings.relevance.name}'s slots, and nothing else")
            return
        show(plan(servers, moves))
        if moves:
            print("these move one by one, while counting goes on; what they leave behind is removed in the end:")
        print(*ways(servers, moves), *left, sep="\n")
        if not yes and not asked():
            raise typer.Exit(1)
        _move(resharder, len(moves))


def _move(resharder: "Resharder", moves: int) -> None:
    """Reshard, with a progress bar; say what was done, even if something keeps it from being done to the end."""
    from dealstream.cli.progress import progress

    moved: list[Moved] = []
    removed = None
    try:
        with progress("slots", moves) as passed:

            def note(done: "Moved") -> None:
                moved.append(done)
                passed(1)

            removed = resharder.reshard(note)
    finally:
        print(summary(moved, removed))


def _replace(settings: "Settings", replacement: str, yes: bool) -> None:
    from dealstream.cli.slot_count import count
    from dealstream.domain.slots import listed
    from dealstream.stores.open import open_replacer
    from dealstream.stores.slot_servers import ServerSlots

    match = _REPLACEMENT.fullmatch(replacement)
    if match is None or match[1] == match[2]:
        raise Failure(f"--replace {replacement}: say OLD=NEW, such as redis-1:6379=redis-4:6379", exit_code=2)
    old, new = match.groups()
    with closing(open_replacer(settings)) as replacer:
        places = replacer.places(old, new)
        if not places:
            print(f"nothing to do: {old} holds no slot")
            return
        [counted] = count(replacer.servers, [ServerSlots(new)])
        print(
            f"{new} takes the place of {old}: slots {listed(places)}, of which it has {counted.number(places):,} keys"
        )
        if lacking := [slot for slot in places if not counted.keys[slot]]:
            print(
                f"it has nothing of slots {listed(lacking)}: these are counted again, as far as Kafka still has the log"
            )
        if not yes and not asked():
            raise typer.Exit(1)
        replacer.replace(old, new)
    print(f"{new} holds slots {listed(places)} now; what it lacks of the counts is counted again from the log")
    if new not in settings.tuning.redis_servers:
        print(f"name it in dealstream.redis.servers in the place of {old}, or the next reshard moves its slots away")


def ways(servers: "Sequence[CountedServer]", moves: "Sequence[Move]") -> list[str]:
    """Return a line for every two servers between which slots are to move."""
    from dealstream.domain.slots import listed

    by_way: dict[tuple[str, str], list[int]] = {}
    for move in moves:
        by_way.setdefault((move.source, move.target), []).append(move.slot)
    counted = {each.server.address: each for each in servers}
    return [
        f"  {source} -> {target}: slots {listed(slots)} ({counted[source].number(slots):,} keys)"
        for (source, target), slots in by_way.items()
    ]


def summary(moved: "Sequence[Moved]", removed: int | None) -> str:
    """Return what has been done; ``removed`` is None if it did not come to that."""
    from statistics import median

    from rich.filesize import decimal

    done = "moved no slot"
    if moved:
        pauses = [each.pause_s for each in moved]
        done = (
            f"moved {len(moved):,} slots, {sum(each.keys for each in moved):,} keys,"
            f" {decimal(sum(each.bytes for each in moved))};"
            f" a slot paused for {median(pauses):.3f} s (median), {max(pauses):.3f} s at most"
        )
    if removed is None:
        return f"{done}; not done yet, run it again"
    return f"{done}; {removed:,} keys were removed from where they were"
