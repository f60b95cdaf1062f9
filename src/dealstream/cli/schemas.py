"""``dealstream schemas``: what the deployment counts now, and what it counted before."""

import json
import sys

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json


def schemas(env: Env = DEFAULT_ENV, config: Config = None, as_json: Json = False) -> None:
    """Print the schemas of this deployment that Redis has: the current one, and those that are retired.

    The watermark is how many records all slots have counted. A retired schema is read with the relevance.toml it was
    counted with; `dealstream retire` deletes it.
    """
    from dealstream import settings
    from dealstream.cli.running import running_schema
    from dealstream.cli.survey import survey
    from dealstream.cli.tables import show
    from dealstream.queries.schemas import table
    from dealstream.stores.errors import StoreUnavailableError
    from dealstream.stores.open import open_schemas

    loaded = settings.load(env, config)
    found = survey(open_schemas(loaded))
    running = None
    try:
        running = running_schema(loaded)
    except StoreUnavailableError as error:
        print(f"{error}: no telling which schema a topology counts into", file=sys.stderr)
    rows = table(found, loaded.relevance.schema, loaded.relevance.slots, running)
    estimated = any(schema.estimated for schema in found.values())
    if as_json:
        print(json.dumps({"estimated": estimated, "running": running, "schemas": rows.to_dicts()}))
        return
    show(rows)
    if estimated:
        print("bytes are estimated from some of the keys")
