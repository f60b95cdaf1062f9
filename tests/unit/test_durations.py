"""Durations in configuration."""

import pytest

from dealstream.domain.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("15m", 900), ("12h", 43_200), ("400d", 34_560_000), (" 1d ", 86_400), ("0s", 0)],
)
def test_a_duration_in_seconds(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "90", "s", "1.5h", "-1s", "1 h", "1w", "1H", "1h30m", "1_0s"])
def test_anything_else_is_refused_and_shown(text):
    with pytest.raises(ValueError, match=r"is not a duration such as 90s") as refusal:
        seconds(text)
    assert repr(text) in str(refusal.value)
