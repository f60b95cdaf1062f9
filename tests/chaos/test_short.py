"""A short run on this machine's cluster: only its topology's own processes and Redis servers of its own are hurt."""

from pathlib import Path

import pytest

from harness.stage import private_redis
from tests.chaos.__main__ import perform, terminal
from tests.chaos.faults import Action, Fault
from tests.chaos.result import last_line
from tests.chaos.tuning import OWN

pytestmark = pytest.mark.cluster

FAULTS = (
    Fault(4, Action.KILL, "counter", 0),
    Fault(13, Action.SET_BACK, "redis-1", 8, patient=False),  # while the worker is being relaunched
    Fault(22, Action.KILL, "worker", 0),
    Fault(34, Action.KILL, "dedup", 0),
)


@pytest.mark.usefixtures("cluster")
def test_the_counts_are_exact_whatever_dies(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = perform(FAULTS, 48, 1, 2000, folder, terminal(), lambda: private_redis(tmp_path / "redis", OWN))
    events = result.sent.events
    assert events > 50_000
    assert result.caught_up_after is not None, f"not all was counted in time; see {folder}"
    assert last_line(result) == f"events {events}, faults {len(FAULTS)}, lost 0, double 0", f"see {folder}"
    assert result.records["kept"] == events
    assert result.records["rejected"] >= result.sent.malformed
    assert all(blow.flowed is not None for blow in result.blows)
