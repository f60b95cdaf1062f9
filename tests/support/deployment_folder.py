"""A folder to run commands in: a deployment's TOML file, and a config.json that names Redis servers only."""

import json
from pathlib import Path

from dealstream.domain.relevance import Relevance
from tests.support.redis_servers import Servers


def write_config(folder: Path, servers: Servers) -> None:
    """Write a config.json whose environment ``dev`` has these Redis servers, and nothing else that answers."""
    options = {"dealstream.kafka.brokers": "no:1", "dealstream.hbase.thrift": "no:1"}
    environment = {"options": {**options, **servers.options}}
    (folder / "config.json").write_text(json.dumps({"envs": {"dev": environment}}))


def write_relevance(path: Path, relevance: Relevance) -> None:
    """Write what a deployment counts as TOML, inline below the first level."""
    path.write_text("\n".join(f"{key} = {_inline(value)}" for key, value in relevance.table.items()))


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)
