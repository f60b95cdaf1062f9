"""What a library prints does not end up in the multilang protocol: each component as a process of its own."""

import subprocess
import sys

import pytest

from tests.support.storm import frame, handshake, messages

PROGRAM = """
from dealstream.{module} import {name} as component

for opener in [name for name in dir(component) if name.startswith("open_")]:
    setattr(component, opener, staticmethod(lambda settings: print("noise")))
component(serializer="msgpack").run()
"""


@pytest.mark.parametrize(
    ("task", "module", "name"),
    [
        (2, "spouts.kafka_events", "KafkaEventSpout"),
        (4, "bolts.dedup", "DedupBolt"),
        (5, "bolts.hbase_writer", "HBaseWriterBolt"),
        (6, "bolts.bucket_counter", "BucketCounterBolt"),
    ],
)
def test_prints_go_to_standard_error(task, module, name, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module, name=name)],
        input=frame(handshake(task, tmp_path, {})),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"noise" in ended.stderr
    assert messages(ended.stdout)[0].keys() == {"pid"}
    assert b"noise" not in ended.stdout
