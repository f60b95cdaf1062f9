"""What can be said of a service: its state, or why it cannot be started."""

from enum import Enum


class ServiceError(Exception):
    """A service cannot be started. The message is for a person: what, why, what to do."""


class State(Enum):
    """What `status` shows."""

    UP = "up"
    STARTING = "starting"  # its process runs but does not answer
    STOPPED = "stopped"
    DEAD = "dead"  # its process went without being stopped
