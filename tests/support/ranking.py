"""Small rankings: chains over a table of counts, without cubes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dealstream.domain.fanout import durable_codes
from dealstream.domain.flush import Flush
from dealstream.domain.ranking.backoff import Evidence
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from dealstream.domain.window import FlushWindow
from dealstream.stores.counters import MemoryCounters
from tests.support.counting import Codes
from tests.support.events import TABLE, batch


def relevance(**ranking: Any) -> Relevance:
    """Return the test deployment with this ``[ranking]``; two chains that begin alike unless it says which."""
    chains = [["city", "deal", "deal,gender"], ["city", "deal", "deal,city,price"]]
    return parse({**TABLE, "ranking": {"chains": chains, "minimum": 1, **ranking}})


def evidence(impressions: Sequence[Sequence[float]], conversions: Sequence[Sequence[float]]) -> Evidence:
    """Return the counts of nodes (rows) and candidates (columns)."""
    return Evidence(np.array(impressions, float), np.array(conversions, float), np.ones(np.shape(impressions)))


def candidates_of(deployment: Relevance, events: Sequence[bytes], codes: Codes) -> Candidates:
    """Return events as candidates."""
    window = FlushWindow(deployment, whole=True)
    window.add(batch(events), b"K" * len(events))
    columns = window.columns()
    return Candidates.of(columns, durable_codes(deployment, columns, codes))


def counted(deployment: Relevance, events: Sequence[bytes], codes: Codes) -> MemoryCounters:
    """Count events as the bucket counter does."""
    window = FlushWindow(deployment)
    window.add(batch(events), b"K" * len(events))
    flush = Flush(deployment, window, codes)
    counters = MemoryCounters(flush.keys)
    counters.apply(flush)
    return counters
