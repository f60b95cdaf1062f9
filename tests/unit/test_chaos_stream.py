"""The chaos run's stream: a function of the seed, judged by the product's own rules."""

import json
from collections import Counter
from itertools import islice, pairwise

import pytest

from dealstream.domain.relevance import Relevance
from dealstream.ndjson import Block, LineJudge
from dealstream.settings import load_relevance
from tests.chaos.events import BLOCK, LONGEST_REPEAT_BLOCKS, MALFORMED, REPEATED, Portion, stream
from tests.chaos.tuning import DEDUP, RELEVANCE

BLOCKS = 40


@pytest.fixture(scope="module")
def relevance() -> Relevance:
    return load_relevance(RELEVANCE)


@pytest.fixture(scope="module")
def portions() -> list[Portion]:
    return list(islice(stream(1), BLOCKS))


def test_a_seed_is_a_stream(portions):
    assert list(islice(stream(1), 3)) == portions[:3]
    assert list(islice(stream(2), 3)) != portions[:3]


def test_fresh_lines_are_events_and_only_broken_lines_are_none(portions, relevance):
    judge = LineJudge(relevance)
    for portion in portions:
        judged = judge.judge(Block("", range(len(portion.lines)), portion.lines), portion.timestamp_ms)
        assert len(judged.bad) == portion.malformed
        assert not judge.judge(Block("", range(BLOCK), portion.fresh), portion.timestamp_ms).bad


def test_lines_that_are_no_events_are_of_all_kinds(relevance):
    judge, reasons = LineJudge(relevance), Counter()
    for portion in islice(stream(5), 100):
        bad = judge.judge(Block("", range(len(portion.lines)), portion.lines), portion.timestamp_ms).bad
        reasons.update(line.reason.split(" - ")[0].rstrip("'`").split("`")[0].split("'")[0] for line in bad)
    assert len(reasons) >= 6, reasons


def test_every_line_is_fresh_or_repeats_an_earlier_one_or_is_broken(portions):
    seen: set[bytes] = set()
    for portion in portions:
        assert not seen & set(portion.fresh)
        seen |= set(portion.fresh)
        repeats = len(portion.lines) - len(portion.fresh) - portion.malformed
        assert repeats == portion.repeats
        assert sum(line in seen for line in portion.lines) == len(portion.fresh) + repeats


def test_ids_are_unique_and_users_those_of_the_lines(portions):
    ids: list[str] = []
    for portion in portions:
        events = [json.loads(line) for line in portion.fresh]
        assert [event["user"] for event in events] == portion.users[: len(events)]
        ids += [event["id"] for event in events]
    assert len(set(ids)) == len(ids) == BLOCKS * BLOCK


def test_shares_are_about_what_they_should_be(relevance):
    some = list(islice(stream(3), LONGEST_REPEAT_BLOCKS + 100))[-100:]
    lines = sum(len(portion.lines) for portion in some)
    assert sum(portion.repeats for portion in some) / lines == pytest.approx(REPEATED, rel=0.15)
    assert sum(portion.malformed for portion in some) / lines == pytest.approx(MALFORMED, rel=0.4)


def test_the_longest_repeat_lies_well_within_the_dedup_window():
    lines = LONGEST_REPEAT_BLOCKS * BLOCK * (1 + REPEATED + MALFORMED)
    window = (DEDUP["dealstream.dedup.slices"] - 1) * DEDUP["dealstream.dedup.slice.offsets"]
    assert lines / 4 * 1.3 < window, "of a partition, which may have a little more than a fourth of all"


def test_a_few_deals_get_most_and_users_act_in_a_row(portions):
    events = [json.loads(line) for line in portions[0].fresh]
    deals = Counter(event["deal"] for event in events)
    assert sum(count for _, count in deals.most_common(100)) > BLOCK / 3
    same = sum(event["user"] == following["user"] for event, following in pairwise(events))
    assert same > BLOCK / 2
