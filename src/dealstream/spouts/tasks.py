"""Which partitions a spout task reads: manual assignment by the task's place among its peers."""

from collections.abc import Mapping, Sequence
from typing import Any


def own_share(partitions: Sequence[int], context: Mapping[str, Any]) -> list[int]:
    """Return every n-th partition, n being the number of tasks of the component; ``context`` is Storm's."""
    components: Mapping[str, str] = context["task->component"]
    own = components[str(context["taskid"])]
    peers = sorted(int(task) for task, component in components.items() if component == own)
    return list(partitions[peers.index(int(context["taskid"])) :: len(peers)])
