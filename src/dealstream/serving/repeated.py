"""Does something again and again, on a thread of its own: what keeps memory up to date beside the requests."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from dealstream.stores.errors import StoreUnavailableError

_log = logging.getLogger(__name__)


class Repeated:
    """Calls ``work``, rests for some seconds, and so on, until closed.

    ``problem`` is why the last call failed, in words; None if it did not.
    """

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        """Begin at once; ``name`` says in logs what is done."""
        self.problem: str | None = None
        self._name = name
        self._seconds = seconds
        self._work = work
        self._ended = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it, after a call that has begun."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._work()
            except StoreUnavailableError as error:
                self._note(str(error))
            else:
                self._note(None)
            self._ended.wait(self._seconds)

    def _note(self, problem: str | None) -> None:
        """Log what changes, not each time the same."""
        if problem != self.problem:
            _log.warning("%s: %s", self._name, problem or "goes on again")
        self.problem = problem
