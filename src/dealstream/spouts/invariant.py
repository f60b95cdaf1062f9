"""The invariant ``watermark of every slot >= committed``, checked beside the spout so that it never waits for Redis."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from dealstream.domain.ranges import Applied, of_partition
from dealstream.domain.start import set_back_to
from dealstream.stores.counters import Counters
from dealstream.stores.errors import StoreUnavailableError


class InvariantCheck:
    """`begin` asks Redis in a thread of its own, one question at a time; `set_back` takes the answer when it came."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="invariant")
        self._asked: Mapping[int, int] = {}
        self._answer: Future[Applied] | None = None

    def begin(self, committable: Mapping[int, int]) -> None:
        """Ask how far every slot is, unless a question is open; ``committable`` is what every slot must have."""
        if self._answer is None:
            self._asked = dict(committable)
            self._answer = self._threads.submit(self._counters.applied, self._asked)

    def set_back(self) -> Mapping[int, int]:
        """Return by partition where to go back to; nothing while all is well, or the answer is not there yet."""
        if self._answer is None or not self._answer.done():
            return {}
        answer, self._answer = self._answer, None
        try:
            applied = answer.result()
        except StoreUnavailableError:
            return {}  # the sinks say so already; the next question finds out
        found = {}
        for partition, committable in self._asked.items():
            if (watermark := set_back_to(committable, of_partition(applied, partition))) is not None:
                found[partition] = watermark
        return found
