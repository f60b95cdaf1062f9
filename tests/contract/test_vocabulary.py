"""What the vocabulary promises, in memory and in HBase: a code for ever, the same for everybody."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from uuid import uuid4

import pytest

from dealstream.stores.open import open_hbase
from dealstream.stores.vocabulary import HBaseVocabulary, MemoryVocabulary, Vocabulary

Open = Callable[[], Vocabulary]


@pytest.fixture(params=["memory", pytest.param("hbase", marks=pytest.mark.cluster)])
def open_vocabulary(request) -> Iterator[Open]:
    """Return what opens the vocabulary as one more client."""
    if request.param == "memory":
        vocabulary = MemoryVocabulary()
        yield lambda: vocabulary
        return
    settings, relevance = request.getfixturevalue("cluster"), request.getfixturevalue("hbase_tables")
    opened = []

    def open_() -> Vocabulary:
        opened.append(open_hbase(settings))
        return HBaseVocabulary(opened[-1], relevance.vocabulary_table)

    yield open_
    for hbase in opened:
        hbase.close()


@pytest.fixture
def city() -> str:
    """Return a dimension that no other test knows."""
    return f"city_{uuid4().hex[:8]}"


def test_new_labels_get_codes_from_1_and_keep_them(open_vocabulary, city):
    vocabulary = open_vocabulary()
    assert vocabulary.codes(city, ["a", "b"]) == [1, 2]
    assert vocabulary.codes(city, ["c", "a", "b", "a"]) == [3, 1, 2, 1]
    assert vocabulary.labels(city) == {1: "a", 2: "b", 3: "c"}


def test_another_client_knows_them(open_vocabulary, city):
    codes = open_vocabulary().codes(city, ["a", "b"])
    other = open_vocabulary()
    assert other.labels(city) == dict(zip(codes, "ab", strict=True))
    assert other.codes(city, ["b", "c", "a"]) == [2, 3, 1]


def test_dimensions_count_for_themselves(open_vocabulary, city):
    vocabulary = open_vocabulary()
    assert vocabulary.codes(city, ["a", "b"]) == [1, 2]
    assert vocabulary.codes(f"{city}_other", ["b"]) == [1]


def test_nothing_asked_nothing_answered(open_vocabulary, city):
    assert open_vocabulary().codes(city, []) == []
    assert open_vocabulary().labels(city) == {}


def test_labels_of_any_kind(open_vocabulary, city):
    labels = ["", " ", ":", "c:", "n:next", "ü€😀", "nul\0in", "line\nend", "x" * 200, "c:c:x", "A", "a"]
    codes = open_vocabulary().codes(city, labels)
    assert sorted(codes) == list(range(1, len(labels) + 1))
    other = open_vocabulary()
    assert other.labels(city) == dict(zip(codes, labels, strict=True))
    assert other.codes(city, labels) == codes


def test_a_client_that_looked_before_learns_what_others_gave_out_since(open_vocabulary, city):
    early, late = open_vocabulary(), open_vocabulary()
    assert early.codes(city, ["a"]) == [1]
    assert late.codes(city, ["a", "b"]) == [1, 2]
    assert early.codes(city, ["b"]) == [2]


@pytest.mark.cluster
@pytest.mark.parametrize("open_vocabulary", ["hbase"], indirect=True)
def test_clients_that_meet_the_same_labels_at_once_agree(open_vocabulary, city):
    """Four tasks meet the same forty labels at the same time, each in an order of its own."""
    labels, meet = [f"label-{number}" for number in range(40)], Barrier(4)

    def intern(seed: int) -> dict[str, int]:
        mine = Random(seed).sample(labels, len(labels))
        vocabulary = open_vocabulary()
        meet.wait(10)
        return {label: vocabulary.codes(city, [label])[0] for label in mine}

    with ThreadPoolExecutor(4) as pool:
        found = [task.result() for task in [pool.submit(intern, seed) for seed in range(4)]]
    assert found[0] == found[1] == found[2] == found[3]
    assert len(set(found[0].values())) == len(labels)
    assert min(found[0].values()) == 1
    assert open_vocabulary().labels(city) == {code: label for label, code in found[0].items()}
