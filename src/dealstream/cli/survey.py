"""What Redis has of each schema of a deployment."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dealstream.queries.schemas import Schema
    from dealstream.stores.redis_schemas import RedisSchemas


def survey(store: "RedisSchemas") -> "dict[str, Schema]":
    """Look at all keys, with a progress bar; return the schemas by name."""
    from dealstream.cli.progress import progress
    from dealstream.queries.schemas import Schema

    found: dict[str, Schema] = {}
    servers = store.servers()
    with progress("keys", sum(store.size(server) for server in servers)) as passed:
        for server in servers:
            for piece in store.pieces(server):
                for name, keys in piece.schemas.items():
                    found.setdefault(name, Schema(name)).on(server.name).add(keys)
                passed(piece.passed)
    return found
