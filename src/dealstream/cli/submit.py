"""``dealstream submit``: the topology on the cluster, by ``sparse submit``."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from dealstream.cli.options import DEFAULT_ENV, Config, Env

SOURCES = ("project.clj", "java/**/*.java", "src/**/*.py", "topologies/**/*.py", "virtualenvs/**/*.txt")


def submit(
    force: Annotated[
        bool, typer.Option(help="Restart it even if just this code and configuration is running.")
    ] = False,
    sample: Annotated[
        Path | None,
        typer.Option(help="NDJSON of typical events to judge the costs by, not by the configuration alone."),
    ] = None,
    over_budget: Annotated[
        bool, typer.Option("--over-budget", help="Whatever it is estimated to cost; see `dealstream plan`.")
    ] = False,
    env: Env = DEFAULT_ENV,
    config: Config = None,
) -> None:
    """Put the topology on the cluster under the deployment's name; one that runs other code or settings is replaced.

    What is estimated to cost more than its [budget] is refused.
    """
    from dealstream import settings
    from dealstream.cli.budgeting import refuse_over_budget
    from dealstream.cli.estimating import estimated
    from dealstream.cli.failure import Failure
    from dealstream.stores.nimbus import open_nimbus

    path = config or settings.relevance_path()
    loaded = settings.load(env, path)
    name, budget = loaded.relevance.name, loaded.relevance.budget
    if budget and not over_budget:
        tasks = settings.parallelism("bucket_counter")[env]
        refuse_over_budget(estimated(loaded, tasks, [sample] if sample else []), budget)
    build = _fingerprint(settings.load_environments()[env], loaded.relevance.table)
    with open_nimbus(loaded.nimbus, loaded.tuning.socket_timeout_ms) as nimbus:
        running = nimbus.find(name)
        same = running is not None and nimbus.conf(running).get(settings.BUILD_KEY) == build
    if same and not force:
        print(f"{name} is running already, with this code and configuration")
        return
    command = ["sparse", "submit", "--name", "relevance", "--override_name", name, "--environment", env, "--force"]
    command += ["--uber_jar", "--option", f"{settings.BUILD_KEY}={build}"]
    variables = {settings.RELEVANCE_FILE_VARIABLE: str(path.resolve()), "PYTHONWARNINGS": "ignore", "LEIN_ROOT": "1"}
    with _one_at_a_time():
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise Failure(f"sparse submit ended with {done.returncode}; its output is above")
    print(f"submitted {name}")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for other submits from this folder: streamparse packs the jar in ``_resources`` and ``_build`` of it."""
    lock = Path("build/submit.lock")
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fingerprint(environment: dict[str, Any], table: Any) -> str:  # noqa: ANN401 -- the table of relevance.toml
    """Return a hash of everything a running topology depends on."""
    counted = {key: value for key, value in table.items() if key not in ("budget", "ranking")}
    digest = hashlib.sha256(json.dumps([environment, counted], sort_keys=True).encode())
    for path in sorted(path for pattern in SOURCES for path in Path().glob(pattern)):
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return f"b{digest.hexdigest()[:16]}"
