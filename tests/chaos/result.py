"""What came of a run."""

from dataclasses import dataclass

from tests.chaos.flow import Blow
from tests.chaos.sending import Sent
from tests.chaos.verdict import Verdict
from tests.chaos.watch import Watch


@dataclass(frozen=True)
class Result:
    """What came of a run.

    `died` are services that ended though nobody had killed them, `blind` the errors of watching that ended it early.
    """

    sent: Sent
    blows: list[Blow]
    watch: Watch
    verdict: Verdict
    duration: float
    caught_up_after: float | None
    records: dict[str, int]
    died: list[str]
    blind: list[str]


def caught_up(result: Result) -> str:
    """Return how the end of the run went, in a sentence."""
    verdict = result.verdict
    after = f"caught up after {result.caught_up_after:.1f} s" if result.caught_up_after is not None else "NOT caught up"
    return (
        f"{after}; {verdict.buckets.equal:,} of {verdict.buckets.total:,} buckets"
        f" and {verdict.users.equal:,} of {verdict.users.total:,} users exact"
    )


def last_line(result: Result) -> str:
    """Return the line that says it all."""
    struck = sum(blow.at is not None for blow in result.blows)
    return f"events {result.sent.events}, faults {struck}, lost {result.verdict.lost}, double {result.verdict.double}"
