"""A server that ends itself while starting is started again, by the chaos run that has killed it."""

import pytest

from cluster.state import ServiceError
from tests.chaos.starting import STARTS, bring_up


def test_it_is_started_again_and_that_is_told(greeter):
    greeter.program = f"""
import pathlib
flag = pathlib.Path("tried")
tried, _ = flag.exists(), flag.touch()
if not tried: raise SystemExit("not yet")
{greeter.program}"""
    told = []
    bring_up(greeter, told.append)
    assert greeter.ready()
    assert told == ["ended itself while starting"]


def test_not_for_ever(greeter):
    greeter.program = "raise SystemExit('never')"
    told = []
    with pytest.raises(ServiceError, match="never"):
        bring_up(greeter, told.append)
    assert len(told) == STARTS - 1
