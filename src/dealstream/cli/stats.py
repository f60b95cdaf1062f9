"""``dealstream stats``: how the topology does, by Nimbus' own figures."""

import dataclasses
import json

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json


def stats(env: Env = DEFAULT_ENV, config: Config = None, as_json: Json = False) -> None:
    """Print the topology's state and each component's executors, tuples and latency since its workers started."""
    import polars as pl

    from dealstream import settings
    from dealstream.cli.failure import Failure
    from dealstream.cli.tables import show
    from dealstream.queries.topology import topology_state

    loaded = settings.load(env, config)
    state = topology_state(loaded)
    if state is None:
        raise Failure(f"no topology {loaded.relevance.name} is running; `dealstream submit` starts it")
    running, components, errors = state.running, state.rows, state.errors
    if as_json:
        print(json.dumps({**dataclasses.asdict(running), "components": components, "errors": errors}))
        return
    print(f"{running.name}: {running.status.lower()}, {running.workers} workers, up {running.uptime_s:,} s")
    if components:
        show(pl.DataFrame(components))
    for name, error in errors.items():
        print(f"{name}: {error}")
