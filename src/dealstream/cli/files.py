"""Files that a command line names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dealstream.cli.failure import Failure


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises:
        Failure: it can't be opened, or not be read.

    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", exit_code=2) from None
