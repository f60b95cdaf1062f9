"""The command as a whole."""

import subprocess
import sys

from typer.testing import CliRunner

from dealstream.cli.main import app

# each takes longer to import than --help may take
HEAVY = {"confluent_kafka", "happybase", "kafka", "numpy", "polars", "redis", "streamparse", "thriftpy2"}


def test_help_names_the_commands():
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("dataset", "produce", "verify"))


def test_the_commands_import_what_they_need_only_when_they_run():
    code = "import sys, dealstream.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not HEAVY & set(loaded)
