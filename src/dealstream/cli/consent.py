"""Asking before something is done that matters."""

import sys

from dealstream.cli.failure import Failure


def asked() -> bool:
    """Ask whether to go on; only a clear yes is one.

    Raises:
        Failure: there is nobody to ask.

    """
    if not sys.stdin.isatty():
        raise Failure("refused: nobody to ask here; say --yes if you mean it")
    return input("go on? [y/N] ").strip().lower() in {"y", "yes"}
