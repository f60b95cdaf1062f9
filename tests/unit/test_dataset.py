"""Real data as events: what is in them, in which order, and that a smaller Complete Journey is cut as promised."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from dealstream.cli.main import app
from dealstream.datasets import complete_journey, open_bandit
from dealstream.datasets.errors import DatasetError

MAILINGS, REDEMPTIONS, TILL_LINES = 6_589, 2_102, 1_469_307


@pytest.fixture(scope="module")
def every() -> pl.DataFrame:
    return complete_journey.events()


def kinds(events: pl.DataFrame) -> dict[str, int]:
    kind = events.select(pl.col("id").str.extract(r"^([a-z]+)-").alias("kind"))["kind"]
    return dict(kind.value_counts().iter_rows())


def test_everything_is_there_once(every):
    assert kinds(every) == {"mailing": MAILINGS, "redemption": REDEMPTIONS, "till": TILL_LINES}
    assert every["id"].n_unique() == every.height


def test_mailings_are_impressions_and_the_rest_are_purchases(every):
    types = every.group_by(pl.col("deal").str.extract("^([a-z]+)-"), "type").len()
    assert set(types.iter_rows()) == {
        ("campaign", "impression", MAILINGS),
        ("campaign", "purchase", REDEMPTIONS),
        ("product", "purchase", TILL_LINES),
    }


def test_time_order_with_mailings_before_redemptions_before_till_lines(every):
    rank = pl.col("id").str.slice(0, 1).replace_strict({"m": 0, "r": 1, "t": 2})
    assert every.select(pl.struct("time", rank.alias("rank")).rank("dense").is_sorted()).item()


def test_only_campaigns_have_a_campaign_type_and_it_is_their_category(every):
    of_campaigns = every.filter(pl.col("deal").str.starts_with("campaign-"))
    assert set(of_campaigns["campaign_type"].unique()) == {"Type A", "Type B", "Type C"}
    assert of_campaigns["category"].equals(of_campaigns["campaign_type"], check_names=False)
    assert every["campaign_type"].count() == MAILINGS + REDEMPTIONS


def test_price_is_that_of_a_piece_and_null_without_a_quantity(every):
    till = every.filter(pl.col("id") == "till-31198570044-1095275").row(0, named=True)
    assert till == {
        "id": "till-31198570044-1095275",
        "time": 1_483_271_606_000,
        "type": "purchase",
        "user": 900,
        "deal": "product-1095275",
        "category": "PASTRY",
        "campaign_type": None,
        "price": 0.5,
        "weekday": "Sunday",
        "age": "35-44",
        "income": "35-49K",
        "household_size": "2",
        "kids": "0",
        "marital_status": "Married",
        "home_ownership": "Homeowner",
    }
    assert TILL_LINES - every["price"].count() == 8_869


def test_demographics_are_known_of_801_households(every):
    assert every.filter(pl.col("age").is_not_null())["user"].n_unique() == 801
    assert every["user"].n_unique() == 2_469


@pytest.mark.parametrize("total", [MAILINGS + REDEMPTIONS, 8_692, 10_000, 100_000])
def test_a_smaller_one_has_exactly_as_many_and_every_mailing_and_redemption(total):
    events = complete_journey.events(total)
    assert events.height == total
    assert kinds(events) == {
        "mailing": MAILINGS,
        "redemption": REDEMPTIONS,
        **({"till": rest} if (rest := total - MAILINGS - REDEMPTIONS) else {}),
    }
    assert events["time"].is_sorted()


def test_a_smaller_one_has_whole_households_but_for_one(every):
    def sizes(events: pl.DataFrame) -> pl.DataFrame:
        return events.filter(pl.col("id").str.starts_with("till-")).group_by("user").len()

    both = sizes(complete_journey.events(50_000)).join(sizes(every), on="user")
    assert both.filter(pl.col("len") != pl.col("len_right")).height == 1


def test_the_same_seed_gives_the_same_events_and_another_gives_others():
    first, again, other = (complete_journey.events(20_000, seed) for seed in (7, 7, 8))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize("total", [8_690, 1_477_999])
def test_a_number_that_cannot_be_had_is_refused(total):
    with pytest.raises(DatasetError, match="between 8,691 and 1,477,998"):
        complete_journey.events(total)


def test_the_command_writes_ndjson(tmp_path):
    file = tmp_path / "events.ndjson"
    result = CliRunner().invoke(app, ["dataset", "complete-journey", "--events", "9000", "--output", str(file)])
    assert result.exit_code == 0, result.output
    lines = file.read_bytes().splitlines()
    assert len(lines) == 9_000
    assert json.loads(lines[0])["price"] is None
    text = BytesIO()
    complete_journey.events(9_000).write_ndjson(text)
    assert file.read_bytes() == text.getvalue()


@pytest.mark.parametrize("arguments", [["--events", "many"], ["--events", "10"], ["--output", "/nowhere/at/all"]])
def test_the_command_says_in_one_line_what_is_wrong(arguments):
    result = CliRunner().invoke(app, ["dataset", "complete-journey", "--events", "9000", *arguments])
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("dealstream: ")
    assert result.stderr.count("\n") == 1


def bandit_wheel(path: Path) -> Path:
    """Write a wheel like obp's, with two impressions of each campaign and policy, of which the second is clicked."""
    rows = (
        ",timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3,"
        "user-item_affinity_0,user-item_affinity_1\n"
        "0,2019-11-24 00:00:01.500000+00:00,1,3,0,0.5,a,b,c,d,0.0,2.0\n"
        "1,2019-11-24 00:00:02+00:00,0,1,1,0.5,a,b,c,e,1.0,0.0\n"
    )
    items = ",item_id,item_feature_0,item_feature_1,item_feature_2,item_feature_3\n0,0,-0.5,f,g,h\n1,1,0.5,i,j,k\n"
    with zipfile.ZipFile(path, "w") as archive:
        for policy in open_bandit.POLICIES:
            for campaign in open_bandit.CAMPAIGNS:
                folder = f"obp/dataset/obd/{policy}/{campaign}"
                archive.writestr(f"{folder}/{campaign}.csv", rows)
                archive.writestr(f"{folder}/item_context.csv", items)
    return path


def test_open_bandit_has_impressions_and_their_clicks(tmp_path):
    wheel, file = bandit_wheel(tmp_path / "obp.whl"), tmp_path / "events.ndjson"
    arguments = ["dataset", "open-bandit", "--wheel", str(wheel), "--output", str(file)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    events = pl.read_ndjson(file)
    assert events["type"].value_counts().sort("count").rows() == [("click", 6), ("impression", 12)]
    assert events["id"].n_unique() == 18
    assert events["time"].is_sorted()
    of_men = events.filter(pl.col("user").str.starts_with("bts-men"))
    assert of_men.select("id", "time", "deal", "position", "affinity", "user_feature_3", "item_feature_1").rows() == [
        ("bts-men-0", 1_574_553_601_500, "men-1", 3, 2.0, "d", "i"),
        ("bts-men-1", 1_574_553_602_000, "men-0", 1, 1.0, "e", "f"),
        ("bts-men-1-click", 1_574_553_602_001, "men-0", 1, 1.0, "e", "f"),
    ]


def test_a_wheel_of_something_else_is_refused(tmp_path):
    (tmp_path / "obp.whl").write_bytes(b"no zip")
    result = CliRunner().invoke(app, ["dataset", "open-bandit", "--wheel", str(tmp_path / "obp.whl")])
    assert result.exit_code == 2
    assert result.stderr.startswith("dealstream: ")
    assert result.stderr.count("\n") == 1
