"""Components as processes, as Storm runs them: what they print is the protocol and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from dealstream.bolts.dedup import CODED, JUDGED
from tests.support.events import batch, event
from tests.support.storm import arriving, coded, frame, handshake, judged, messages

ROOT = Path(__file__).parents[2]
BATCH = batch([event(1), event(1), b"?"])
TUPLE = {"id": "t1", "stream": "default", "task": 9}
RUNS = {
    "Spout": (2, [{"command": "next"}] * 3, ["sync", "emit", "emit", "sync", "sync"]),
    "Dedup": (4, [{**TUPLE, "comp": "event_spout", "tuple": arriving(BATCH)}], ["emit", "emit", "ack"]),
    "Writer": (5, [{**TUPLE, "comp": "dedup", "stream": JUDGED, "tuple": judged(BATCH, "KDR")}], ["ack"]),
    "Counter": (6, [{**TUPLE, "comp": "dedup", "stream": CODED, "tuple": coded(BATCH, "KDR")}], ["ack"]),
}
AT_ONCE = {"batch_events": 1, "writer_flush_events": 1, "counter_flush_events": 1}


@pytest.mark.parametrize("component", RUNS)
def test_a_process_speaks_the_protocol_and_ends_when_storm_goes_away(tmp_path, component):
    task, sent, expected = RUNS[component]
    conf = {f"dealstream.{name.replace('_', '.')}": value for name, value in AT_ONCE.items()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.support.programs", component],
        input=b"".join(map(frame, [handshake(task, tmp_path, conf), *sent])),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
    )
    said = messages(done.stdout)
    assert set(said[0]) == {"pid"}
    assert [message["command"] for message in said[1:] if message["command"] != "log"] == expected
    assert (tmp_path / str(said[0]["pid"])).exists()
    assert b"Traceback" not in done.stderr
    assert done.returncode == 2, done.stderr
