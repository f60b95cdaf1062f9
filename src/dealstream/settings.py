"""Where things are and how they are tuned: config.json and relevance.toml as one frozen, validated object.

Precedence, the same for ``sparse submit`` and ``sparse run``: ``-o key=value`` on the command line, then
``envs.<environment>.options`` in config.json, then the defaults below.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from dealstream.domain.toml_lines import line_of
from dealstream.domain.toml_table import RelevanceError

PREFIX = "dealstream."
RELEVANCE_KEY = "dealstream.relevance"
# tells a running topology from one with other code or settings
BUILD_KEY = "dealstream.build"
# under which schema a running topology counts; the code that runs may make another one of the same file
SCHEMA_KEY = "dealstream.schema"
RELEVANCE_FILE_VARIABLE = "DEALSTREAM_CONFIG"

# what a Thrift server speaks, as happybase calls it
Transport = Literal["buffered", "framed"]


class SettingsError(ValueError):
    """A configuration file is missing or wrong; the message names the file, the line and the remedy."""


class Tuning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=lambda name: name.replace("_", ".")):
    """The ``dealstream.*`` options of an environment; a key here is ``dealstream.`` and the name with dots.

    Addresses are ``host:port``. Sizes are events or bytes, times are milliseconds. With ``redis_cluster`` the servers
    are nodes of a Redis Cluster, which lead to the others.
    """

    kafka_brokers: str
    hbase_thrift: str
    redis_servers: tuple[str, ...]
    hbase_transport: Transport = "buffered"
    redis_cluster: bool = False
    batch_events: int = 1000
    batch_bytes: int = 262_144
    batch_linger_ms: int = 100
    counter_flush_events: int = 50_000
    counter_flush_ms: int = 1000
    writer_flush_events: int = 4_000
    writer_flush_ms: int = 1000
    dedup_slice_offsets: int = 262_144
    dedup_slices: int = 8
    dedup_error_rate: float = 1e-9
    commit_ms: int = 2000
    check_ms: int = 3000
    socket_timeout_ms: int = 5000

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: a number is not positive, a rate not a probability, or there is no Redis server.

        """
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if type(value) is int and value <= 0:
                raise ValueError(f"{PREFIX}{name.replace('_', '.')} must be positive, not {value}")
        if not 0 < self.dedup_error_rate < 1:
            raise ValueError(f"dealstream.dedup.error.rate must lie between 0 and 1, not {self.dedup_error_rate}")
        if not self.redis_servers:
            raise ValueError("dealstream.redis.servers must name at least one server")


@dataclass(frozen=True)
class Settings:
    """Everything a component or a command needs to know."""

    relevance: Relevance
    tuning: Tuning
    nimbus: str = ""

    @staticmethod
    def of_storm(conf: Mapping[str, Any]) -> "Settings":
        """Read the settings back from the configuration Storm hands to a component."""
        return Settings(parse(conf[RELEVANCE_KEY]), tuning_of(conf))


def tuning_of(options: Mapping[str, Any]) -> Tuning:
    """Pick the ``dealstream.*`` options out of a Storm configuration.

    Raises:
        SettingsError: an option is unknown, missing or wrong.

    """
    foreign = (RELEVANCE_KEY, BUILD_KEY, SCHEMA_KEY)
    own = {key.removeprefix(PREFIX): options[key] for key in options if key.startswith(PREFIX) and key not in foreign}
    try:
        return msgspec.convert(own, Tuning)
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"options {PREFIX}*: {error}") from None


def relevance_path() -> Path:
    """Return the relevance.toml in force: ``$DEALSTREAM_CONFIG``, or the one in the working directory."""
    return Path(os.environ.get(RELEVANCE_FILE_VARIABLE) or "relevance.toml")


def load_relevance(path: Path) -> Relevance:
    """Read and validate a relevance.toml.

    Raises:
        SettingsError: it is missing or wrong; the message begins with ``file:line:``.

    """
    try:
        source = path.read_text(encoding="utf-8")
        return parse(tomllib.loads(source))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; name yours with --config or ${RELEVANCE_FILE_VARIABLE}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    except RelevanceError as error:
        raise SettingsError(f"{path}:{line_of(source, error.path)}: {error}") from None


def load_environments(path: Path = Path("config.json")) -> dict[str, Any]:
    """Read the environments of config.json.

    Raises:
        SettingsError: it is missing, not JSON, or has no environments.

    """
    try:
        envs = json.loads(path.read_text(encoding="utf-8"))["envs"]
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; run this in the project's folder") from None
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise SettingsError(f"{path}: {error!r}; it must be JSON with an object `envs`") from None
    if not isinstance(envs, dict):
        raise SettingsError(f"{path}: `envs` must be an object")
    return envs


def load(env: str, relevance: Path | None = None, config: Path = Path("config.json")) -> Settings:
    """Return the settings of an environment.

    Raises:
        SettingsError: a file or the environment is missing or wrong.

    """
    envs = load_environments(config)
    if not isinstance(envs.get(env, {}), dict):
        raise SettingsError(f"{config}: envs.{env} must be an object")
    if env not in envs:
        raise SettingsError(f"{config}: no environment {env!r}; there are {', '.join(envs)}")
    try:
        tuning = tuning_of(envs[env].get("options", {}))
    except SettingsError as error:
        raise SettingsError(f"{config}: envs.{env}.{error}") from None
    return Settings(load_relevance(relevance or relevance_path()), tuning, str(envs[env].get("nimbus", "")))


def parallelism(component: str, config: Path = Path("config.json")) -> dict[str, int]:
    """Return how many tasks of ``component`` each environment wants, for streamparse's ``par``; one where unset."""
    envs = load_environments(config)
    return {env: int(entry.get("parallelism", {}).get(component, 1)) for env, entry in envs.items()}
