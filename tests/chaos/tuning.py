"""How the pipeline of a run is set up: beside config.json, what a quarter of an hour can show."""

from pathlib import Path

RELEVANCE = Path(__file__).parent / "relevance.toml"
# a window that is full after minutes, so that memory can be flat, and longer than the stream's longest repeat
DEDUP = {"dealstream.dedup.slice.offsets": 32_768, "dealstream.dedup.slices": 12}
PARALLELISM = {"event_spout": 1, "dedup": 1, "hbase_writer": 2, "bucket_counter": 2}
OWN = {"parallelism": PARALLELISM, "options": DEDUP}
