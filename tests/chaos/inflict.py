"""How each fault is done. What the harness has killed of the cluster it starts again; Storm's own come back alone."""

import signal
import time
from collections.abc import Callable

from cluster.catalogue import replicas
from cluster.commands.promote import take_over
from cluster.ports import HOST
from cluster.process import Process
from cluster.service import Service
from cluster.services.redis import Redis
from harness.components import Components
from harness.deployment import Deployment
from harness.stage import Stage
from tests.chaos.dumps import Dumps
from tests.chaos.faults import Action, Fault
from tests.chaos.starting import READY_SECONDS, bring_up

GONE_SECONDS = 20.0
NOBODY = 1
"""A port on which no Redis listens: a replica that follows it is cut off."""
Struck = Callable[[str], None]
"""Called when the blow falls, and again when there is more to tell of it."""


class Inflictor:
    """Does faults to one deployment on one stage."""

    def __init__(self, stage: Stage, deployment: Deployment, components: Components, dumps: Dumps) -> None:
        self._stage = stage
        self._deployment = deployment
        self._components = components
        self._dumps = dumps

    def inflict(self, fault: Fault, struck: Struck) -> None:
        """Do a fault; returns when what was taken away serves again, or is left to Storm."""
        match fault.action:
            case Action.KILL if fault.target in self._stage.own:
                self._kill_service(self._stage.own[fault.target], fault.seconds, struck)
            case Action.KILL:
                self._kill(self._components.await_(fault.target), struck)
            case Action.FREEZE:
                self._freeze(self._components.await_(fault.target), fault.seconds, struck)
            case Action.SET_BACK:
                self._set_back(self._stage.redis(fault.target), fault.seconds, struck)
            case Action.PROMOTE:
                self._promote(self._stage.redis(fault.target), fault.seconds, struck)
            case Action.RESUBMIT:
                self._resubmit(fault.seconds, struck)

    def _kill(self, process: Process, struck: Struck) -> None:
        struck(f"pid {process.pid}")
        process.kill(signal.SIGKILL)
        process.wait_gone(GONE_SECONDS)

    def _kill_service(self, service: Service, seconds: float, struck: Struck) -> None:
        self._kill(self._components.await_(service.name), struck)
        time.sleep(seconds)
        bring_up(service, struck)

    def _freeze(self, process: Process, seconds: float, struck: Struck) -> None:
        struck(f"pid {process.pid}")
        process.kill(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            process.kill(signal.SIGCONT)

    def _set_back(self, redis: Redis, seconds: float, struck: Struck) -> None:
        self._kill(self._components.await_(redis.name), struck)
        age = self._dumps.set_back(redis.name, seconds)
        struck(f"to a dump {age:.0f} s old")
        bring_up(redis, struck)

    def _promote(self, redis: Redis, seconds: float, struck: Struck) -> None:
        replica = replicas({redis.name: redis})[f"{redis.name}-replica"]
        replica.start()
        replica.wait_ready(READY_SECONDS)
        replica.tell("REPLICAOF", HOST, NOBODY)
        time.sleep(seconds)
        successor = replica.process
        assert successor is not None
        self._kill(self._components.await_(redis.name), struck)
        take_over(replica, successor)
        redis.wait_ready(READY_SECONDS)

    def _resubmit(self, seconds: float, struck: Struck) -> None:
        self._deployment.kill()
        struck("from when it was gone")
        time.sleep(seconds)
        self._deployment.submit()
