"""Does something again and again, on a thread of its own: what keeps memory up to date beside the requests."""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from dealstream.stores.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

NOT_YET = "not done for the first time yet"
ENDED = "it has ended; the log tells why"
# a store that was away is asked again after so long
AFTER_FAILURE_S = 5.0
# it rests so many times as long as it worked, at least: requests want the processor too
REST = 19


class Repeated:
    """Calls ``work``, rests for some seconds, and so on, within a ``with``; after a failure it does not rest for long.

    Work that takes long is done less often: it never takes more than a twentieth of the time.

    ``problem`` tells why what it keeps is not up to date: no call has ended yet, the last one failed, or there will be
    no more. None if it is.
    """

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        """Take what is to be done; ``name`` says it in logs."""
        self.name = name
        self.problem: str | None = NOT_YET
        self._seconds = seconds
        self._work = work
        self._ended = Event()

    def __enter__(self) -> Self:
        """Begin, or begin again."""
        self._ended.clear()
        self._thread = Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """End it, after a call that has begun."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                self._note(self._tried())
                rest = min(self._seconds, AFTER_FAILURE_S) if self.problem else self._seconds
                self._ended.wait(max(rest, REST * (time.monotonic() - began)))
        finally:
            self.problem = ENDED

    def _tried(self) -> str | None:
        try:
            self._work()
        except StoreUnavailableError as error:
            return str(error)
        return None

    def _note(self, problem: str | None) -> None:
        """Log what changes, not each time the same."""
        if problem != self.problem and (problem or self.problem != NOT_YET):
            _log.warning("%s: %s", self.name, problem or "goes on again")
        self.problem = problem
