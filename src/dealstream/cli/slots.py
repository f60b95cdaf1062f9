"""``dealstream slots``: which Redis server holds which slots."""

import json
import sys
from contextlib import closing

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json


def slots(env: Env = DEFAULT_ENV, config: Config = None, as_json: Json = False) -> None:
    """Print which slots each Redis server holds, which are just being moved, and which left keys elsewhere.

    `dealstream reshard` spreads them over the servers of config.json.
    """
    import polars as pl

    from dealstream import settings
    from dealstream.cli.slot_count import count, leftovers
    from dealstream.cli.tables import show
    from dealstream.domain.slots import listed
    from dealstream.queries.slots import places
    from dealstream.stores.open import open_slot_servers

    with closing(open_slot_servers(settings.load(env, config))) as store:
        servers = count(store, store.look())
    for problem in (counted.server.problem for counted in servers):
        if problem is not None:
            print(problem, file=sys.stderr)
    rows = places(servers)
    if as_json:
        print(json.dumps({"servers": rows}))
        return
    table = [(row["server"], row["state"], len(row["slots"]), listed(row["slots"]), row["keys"]) for row in rows]
    show(pl.DataFrame(table, schema=["server", "state", "number", "slots", "keys"], orient="row"))
    moving = [f"moving away from {row['server']}: slots {listed(row['moving'])}" for row in rows if row["moving"]]
    for line in [*moving, *leftovers(servers)]:
        print(line)
