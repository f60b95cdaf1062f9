"""Start a process that outlives us."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.process import Process

_DETACH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
"""A shell starts the command in the background, tells its pid and ends. So the command belongs to init from the start:
we never have to reap it, and it does not matter how long we live."""


def spawn(command: Sequence[str], log: Path, env: Mapping[str, str], folder: Path) -> Process | None:
    """Start the command in its own session, with its output appended to `log`; None if it ended at once.

    `env` is added to our own environment.
    """
    answer = subprocess.run(
        ["/bin/sh", "-c", _DETACH, "spawn", str(log), *command],
        env={**os.environ, **env},
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return Process.of(int(answer.stdout))
