"""One run: a stream, faults, and the comparison of everything that was counted with everything that was sent."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from dealstream.queries.outcomes import outcomes
from dealstream.stores.open import open_counters, open_log
from harness.components import Components
from harness.deployment import Deployment
from harness.stage import Stage
from tests.chaos.catch_up import catch_up
from tests.chaos.dumps import Dumps
from tests.chaos.faults import PYTHONS, Fault
from tests.chaos.flow import Blow, Flow
from tests.chaos.inflict import Inflictor
from tests.chaos.producer import StubbornProducer
from tests.chaos.result import Result
from tests.chaos.sending import Sending
from tests.chaos.starting import bring_up
from tests.chaos.verdict import verdict
from tests.chaos.watch import Every, Watch

PATIENCE_SECONDS = 45.0
"""So long a patient fault waits for the stream to flow."""


class Run:
    """A run on a stage; `folder` keeps what it takes to see what happened."""

    def __init__(self, stage: Stage, deployment: Deployment, folder: Path, console: Console) -> None:
        self._stage = stage
        self._deployment = deployment
        self._folder = folder
        self._console = console
        self._components = Components(stage, deployment.name)
        self._flow = Flow()
        self._died: list[str] = []
        redis = {name: stage.redis(name) for name in stage.own if name.startswith("redis-")}
        self._dumps = Dumps(redis, folder / "dumps")

    @property
    def events(self) -> Path:
        """The file of all events that were sent, each once."""
        return self._folder / "events.ndjson"

    def go(self, faults: Sequence[Fault], duration: float, seed: int, rate: float) -> Result:
        """Let the stream flow and do the faults to it, for that long at least; then wait, and compare."""
        settings = self._deployment.settings
        watch = Watch(settings, self._components, self._flow, self._folder / "timeline.ndjson")
        blows = [Blow(fault) for fault in faults]
        with ExitStack() as ending:
            producer = StubbornProducer(settings.tuning.kafka_brokers, settings.relevance.topic)
            for component in (*PYTHONS, "worker"):
                self._components.await_(component)
            watch.begin()
            sending = Sending(seed, rate, producer, self.events)
            looks = ((0.5, watch.look_at_flow), (5, watch.look_at_memory), (5, self._dumps.look))
            watchers = [Every(seconds, work) for seconds, work in looks]
            for watcher in watchers:
                ending.callback(watcher.stop)
            self._storm(blows, watch, sending)
            _sleep_until(duration, watch)
            self._save(blows)
            lasted = watch.now()
            self._mend()
            sent = sending.finish()
            self._console.print(f"{sent.lines:,} lines sent in {lasted:.0f} s; waiting for the stores ...")
            caught_up = catch_up(settings)
            if caught_up is not None:
                self._flow.catch_up(watch.now())
        self._save(blows)
        blind = [repr(watcher.error) for watcher in watchers if watcher.error is not None]
        counters, log = open_counters(settings), open_log(settings)
        records = outcomes(counters, log.partitions())
        begun = time.monotonic()
        compared = verdict(settings, self.events)
        self._console.print(f"compared in {time.monotonic() - begun:.0f} s")
        return Result(sent, blows, watch, compared, lasted, caught_up, records, self._died, blind)

    def _storm(self, blows: Sequence[Blow], watch: Watch, sending: Sending) -> None:
        inflictor = Inflictor(self._stage, self._deployment, self._components, self._dumps)
        for number, blow in enumerate(blows, 1):
            _sleep_until(blow.fault.at, watch)
            if blow.fault.patient:
                self._await_flow()
            if sending.failed:
                sending.finish()
            self._mend()

            def struck(told: str, blow: Blow = blow) -> None:
                if blow.at is None:
                    self._flow.begin(blow, watch.now())
                blow.told.append(told)

            inflictor.inflict(blow.fault, struck)
            self._console.print(
                f"{watch.now():7.1f} s  {number:3}/{len(blows)}  {blow.fault.action} {blow.fault.target}"
                f"  {'; '.join(blow.told)}",
                highlight=False,
            )
            self._save(blows)

    def _await_flow(self) -> None:
        """Wait until the stream flows, but not for long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._flow.flowing and time.monotonic() < deadline:
            self._mend()
            time.sleep(0.2)

    def _mend(self) -> None:
        """Start what has died without our doing, and remember that."""
        for service in self._stage.own.values():
            if service.process is None:
                self._died.append(service.name)
            bring_up(service, lambda told, name=service.name: self._died.append(f"{name} {told}"))  # type: ignore[misc]

    def _save(self, blows: Sequence[Blow]) -> None:
        (self._folder / "faults.json").write_text(json.dumps([blow.as_dict() for blow in blows], indent=1))


def _sleep_until(at: float, watch: Watch) -> None:
    if (ahead := at - watch.now()) > 0:
        time.sleep(ahead)
