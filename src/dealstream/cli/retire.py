"""``dealstream retire``: the counts of a schema that is counted no more are deleted, on consent."""

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dealstream.cli.consent import asked
from dealstream.cli.failure import Failure
from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from dealstream.queries.schemas import Schema
    from dealstream.settings import Settings
    from dealstream.stores.redis_schemas import RedisSchemas


def retire(
    schema: Annotated[str, typer.Argument(help="Six hex digits; `dealstream schemas` lists them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Delete the Redis keys of a retired schema, for good; what was begun is finished by doing it again."""
    from dealstream import settings
    from dealstream.cli.survey import survey
    from dealstream.stores.open import open_schemas

    loaded = settings.load(env, config)
    _check(schema, loaded, yes)
    store = open_schemas(loaded)
    found = survey(store).get(schema)
    if found is None:
        print(f"there is nothing of {schema}")
        return
    print(f"this destroys, for good, what {loaded.relevance.name} counted as {schema}:")
    for server, held in found.held.items():
        print(f"  {server:<21} {held.keys:>13,} keys {_size(held.bytes, held.measured < held.keys):>12}")
    if not yes and not asked():
        raise typer.Exit(1)
    _delete(store, found)
    print(f"{schema} is gone")


def _check(schema: str, settings: "Settings", yes: bool) -> None:
    """Refuse what is no schema, the current one, and one that a topology counts into, as far as can be told."""
    from dealstream.cli.running import running_schema
    from dealstream.stores.errors import StoreUnavailableError

    if not re.fullmatch("[0-9a-f]{6}", schema):
        raise Failure(f"{schema}: a schema is six hex digits, such as {settings.relevance.schema}", exit_code=2)
    if schema == settings.relevance.schema:
        raise Failure(f"{schema} is what {settings.relevance.name} counts now, and not retired")
    try:
        running = running_schema(settings)
    except StoreUnavailableError as error:
        print(f"{error}: no telling whether a topology counts into {schema}", file=sys.stderr)
        if not yes:
            raise Failure("refused; say --yes if you know that none does") from None
        return
    if schema == running:
        raise Failure(f"the topology {settings.relevance.name} that is running counts into {schema}")


def _delete(store: "RedisSchemas", schema: "Schema") -> None:
    from dealstream.cli.progress import progress

    servers = store.servers()
    for server in servers:
        store.spoil(server, schema.name, schema.on(server.name).ranges)
    with progress("keys", sum(store.size(server) for server in servers)) as passed:
        for server in servers:
            for keys in store.delete(server, schema.name):
                passed(keys)


def _size(size: int, estimated: bool) -> str:
    from rich.filesize import decimal

    return f"about {decimal(size)}" if estimated else decimal(size)
