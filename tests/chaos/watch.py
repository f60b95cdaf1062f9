"""Looking at the run from outside while it goes on: how far the stores are, memory, applied ranges, dumps."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import msgspec

from dealstream.settings import Settings
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.open import open_counters, open_log
from harness.components import Components
from tests.chaos.flow import Flow
from tests.chaos.memory import Memory

TIMEOUT_MS = 2000


class Every:
    """Calls `work` again and again in a thread of its own, until `stop`; what it dies of is in `error`."""

    def __init__(self, seconds: float, work: Callable[[], None]) -> None:
        self._seconds = seconds
        self._work = work
        self._stopped = Event()
        self.error: Exception | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 -- told in the end: it must not spoil the run
                self.error = error
                return


class Watch:
    """What is seen of a run; times are seconds since `begin`."""

    def __init__(self, settings: Settings, components: Components, flow: Flow, timeline: Path) -> None:
        """Write how far everything is into `timeline`, a line each time it could be seen."""
        tuning = msgspec.structs.replace(settings.tuning, socket_timeout_ms=TIMEOUT_MS)
        settings = Settings(settings.relevance, tuning, settings.nimbus)
        self._log, self._counters = open_log(settings), open_counters(settings)
        self._partitions = self._log.partitions()
        self._components = components
        self._flow = flow
        self._timeline = timeline
        self._begun = time.monotonic()
        self.memory = Memory()
        self.largest_applied = 0

    def now(self) -> float:
        """Return the seconds since the stream began."""
        return time.monotonic() - self._begun

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._begun = time.monotonic()

    def look_at_flow(self) -> None:
        """See how far the log and the stores are, if they can be asked."""
        asked = self.now()
        with suppress(StoreUnavailableError):
            ends = {partition: end for partition, (_, end) in self._log.bounds(self._partitions).items()}
            committed, watermarks = self._log.committed(self._partitions), self._watermarks()
            reached = {partition: min(committed[partition] or 0, watermarks[partition]) for partition in ends}
            self._flow.see(asked, self.now(), ends, reached)
            self._note(end=ends, committed=committed, watermark=watermarks)

    def look_at_memory(self) -> None:
        """Sample the resident memory of every process."""
        self.memory.add(self.now(), [(name, process.memory()) for name, process in self._components.all()])

    def _watermarks(self) -> Mapping[int, int]:
        applied = self._counters.applied(self._partitions)
        self.largest_applied = max(self.largest_applied, *(len(ranges.dump()) for ranges in applied.values()))
        return {
            partition: min(ranges.watermark for (_, of), ranges in applied.items() if of == partition)
            for partition in self._partitions
        }

    def _note(self, **offsets: Mapping[int, int | None]) -> None:
        """Write sums over the partitions."""
        sums = {name: sum(offset or 0 for offset in of.values()) for name, of in offsets.items()}
        with self._timeline.open("a") as file:
            file.write(json.dumps({"at": round(self.now(), 1), **sums}) + "\n")
