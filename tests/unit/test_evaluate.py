"""``dealstream evaluate`` on a shop of which the truth is known."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dealstream.cli.main import app
from tests.support.shop import CHANCES, visits

CONFIG = """\
name = "shop"
cuboids = [["deal"], ["deal", "gender"]]
[types]
impression = "shown"
conversion = "bought"
[dimensions.gender]
field = "gender"
values = ["f", "m"]
[ranking]
attribution = "1m"
"""


@pytest.fixture
def shop(tmp_path: Path) -> list[str]:
    """Return the arguments that evaluate 4,000 visits."""
    (tmp_path / "shop.toml").write_text(CONFIG)
    (tmp_path / "events.ndjson").write_bytes(b"\n".join(visits(4000, seed=1)))
    plot = ["--plot", str(tmp_path / "plots" / "shop.png")]
    return ["evaluate", str(tmp_path / "events.ndjson"), "--config", str(tmp_path / "shop.toml"), *plot]


def best_auc() -> float:
    """Return the AUC of who knows the true chances."""
    chances = np.array(list(CHANCES.values()))
    pairs = np.subtract.outer(chances, chances)
    weights = np.outer(chances, 1 - chances)
    return float((weights * ((pairs > 0) + 0.5 * (pairs == 0))).sum() / weights.sum())


@pytest.mark.parametrize("split", [["--split", "0.5"], ["--split", "0.5", "--random", "3"]])
def test_back_off_finds_the_truth(shop, split):
    """Deals convert alike over both genders together: the global and the deals' own rates tell nothing."""
    result = CliRunner().invoke(app, [*shop, *split, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    aucs = {name: each["auc"] for name, each in found["measures"].items()}
    assert found["learned"] + found["predicted"] == 4000
    assert found["predicted"] == pytest.approx(2000, abs=100)
    assert aucs["global rate"] == 0.5
    assert aucs["back-off"] == pytest.approx(best_auc(), abs=0.03)
    assert aucs["back-off"] > aucs["logistic regression"] + 0.1
    assert found["against"]["logistic regression"]["low"] > 0
    assert found["base"] == pytest.approx(np.mean(list(CHANCES.values())), abs=0.02)
    assert found["repeats"] == pytest.approx(1.0, abs=0.01)
    off = [each["impressions"] * abs(each["predicted_rate"] - each["observed_rate"]) for each in found["calibration"]]
    assert sum(off) / found["predicted"] < 0.03


def test_weighed_impressions_find_it_too(shop, tmp_path):
    """Everybody sees every deal alike: there is nothing to weigh, and nothing is lost by it."""
    (tmp_path / "shop.toml").write_text(CONFIG + 'exposure = "deal,gender"\n')
    result = CliRunner().invoke(app, [*shop, "--split", "0.5", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["measures"]["back-off"]["auc"] == pytest.approx(best_auc(), abs=0.03)


def test_it_prints_tables_and_draws(shop, tmp_path):
    result = CliRunner().invoke(app, shop)
    assert result.exit_code == 0, result.output
    for text in (
        "learned 3,200 impressions; predicted 800",
        "deal > deal,gender",
        "log loss",
        "calibration",
        "against",
    ):
        assert text in result.stdout
    assert "what the user just did" not in result.stdout
    assert (tmp_path / "plots" / "shop.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [(["--window", "soon"], "'soon' is not a duration"), (["--window", "1s"], "is converted, or all are")],
)
def test_it_says_in_one_line_what_is_wrong(shop, arguments, problem):
    result = CliRunner().invoke(app, [*shop, *arguments])
    assert result.exit_code in (1, 2)
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_the_user_just_did_is_told_where_there_is_any(shop, tmp_path):
    """A user who buys once buys again: counts can't know that."""
    regulars = [
        json.dumps(
            {"id": f"{kind}{number}-{day}", "time": day * 60_000_000 + number + (kind == "b"), "user": f"u{number}",
             "type": "shown" if kind == "s" else "bought", "deal": "d1", "gender": "f"}
        ).encode()
        for day in range(5) for number in range(200) for kind in ("sb" if number < 60 else "s")
    ]  # fmt: skip
    (tmp_path / "events.ndjson").write_bytes(b"\n".join(regulars))
    with (tmp_path / "shop.toml").open("a") as file:
        file.write('[ranking.bought]\neffect = "ignore"\n')
    result = CliRunner().invoke(app, [*shop, "--json"])
    assert result.exit_code == 0, result.output
    aucs = {name: each["auc"] for name, each in json.loads(result.stdout)["measures"].items()}
    assert aucs["back-off"] == 0.5
    assert aucs["back-off and what the user just did"] == 1.0
