"""What all tests share: how hard hypothesis searches, and the real cluster for those that ask for it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dealstream.settings import Settings, load

ROOT = Path(__file__).parent.parent
_NO_DEADLINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

# The same examples at every run: a red test is never chance. HYPOTHESIS_PROFILE=thorough goes looking for new ones.
settings.register_profile("steady", derandomize=True, max_examples=100, **_NO_DEADLINE)
settings.register_profile("thorough", max_examples=3000, **_NO_DEADLINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Settings]:
    """Make sure that the cluster of this machine is up; return the settings of its environment."""
    done = subprocess.run(
        [sys.executable, "-m", "cluster", "up"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        pytest.fail(f"the cluster does not come up:\n{done.stdout}", pytrace=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(ROOT / "cluster" / "bin"), prepend=os.pathsep)
        yield load("dev", ROOT / "relevance.toml", ROOT / "config.json")
