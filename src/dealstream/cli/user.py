"""``dealstream user``: one user's events."""

import json
from typing import Annotated

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env, Json


def user(
    user_id: Annotated[str, typer.Argument(metavar="ID", help="The user.")],
    limit: Annotated[int, typer.Option(help="How many of the newest events to print; 0 is all.")] = 20,
    env: Env = DEFAULT_ENV,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print a user's newest events in time order, one JSON document a line (with --json: as one list)."""
    from dealstream import settings
    from dealstream.cli.failure import Failure
    from dealstream.stores.open import open_user_events

    events = open_user_events(settings.load(env, config)).events(user_id, limit or None)
    if as_json:
        print(json.dumps([json.loads(event) for event in events]))
    elif events:
        print("\n".join(event.decode() for event in events))
    else:
        raise Failure(f"no events of user {user_id}")
