"""An estimate against the budget, in words."""

from typing import TYPE_CHECKING

from dealstream.cli.failure import Failure

if TYPE_CHECKING:
    from dealstream.cli.estimating import Estimated
    from dealstream.domain.budget import Budget
    from dealstream.domain.estimate import Cost, Estimate, Excess

_WORST = 3


def verdict(estimate: "Estimate", budget: "Budget | None") -> str:
    """Return ``fits: ...`` with what is left, or ``over budget: ...`` with the limits that are exceeded."""
    if budget is None:
        return "there is no [budget] to compare with"
    if excesses := estimate.excesses(budget):
        return "over budget: " + "; ".join(map(_in_words, excesses))
    parts = []
    if budget.memory is not None:
        parts.append(f"{size(estimate.memory)} of {size(budget.memory)}")
    if budget.updates_per_second is not None:
        parts.append(f"{estimate.updates:,.0f} of {budget.updates_per_second:,.0f} updates a second")
    return "fits the budget" + (": " + ", ".join(parts) if parts else ", which sets no limit")


def refuse_over_budget(found: "Estimated", budget: "Budget") -> None:
    """Refuse a configuration that is estimated to cost more than its budget.

    Raises:
        Failure: it is; the message names the limits, the cuboids that cost most, and the ways out.

    """
    excesses = found.estimate.excesses(budget)
    if not excesses:
        return
    ways = "count less, allow more in [budget], or submit with --over-budget"
    if not found.sample:
        ways = (
            f"this is the most that can be, and far too much where data are sparse: --sample FILE tells better; {ways}"
        )
    worst = "; ".join(f"{_in_words(excess)}, most of it {_worst(found.estimate, excess)}" for excess in excesses)
    raise Failure(f"over budget: {worst}. {ways[0].upper()}{ways[1:]}", exit_code=2)


def size(count: float) -> str:
    """Return a number of bytes in decimal units: ``12.3 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.95:
            return f"{count:,.0f} B" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def _in_words(excess: "Excess") -> str:
    if excess.limit == "memory":
        amounts = f"memory {size(excess.estimated)} of {size(excess.allowed)}"
    else:
        amounts = f"{excess.limit} {excess.estimated:,.0f} of {excess.allowed:,.0f}"
    return f"{amounts} ({excess.estimated / excess.allowed:,.1f} times as much)"


def _worst(estimate: "Estimate", excess: "Excess") -> str:
    def amount(cost: "Cost") -> float:
        return cost.memory if excess.limit == "memory" else cost.updates

    ranked = sorted(estimate.cuboids, key=amount, reverse=True)[:_WORST]
    shown = [
        f"{cost.name} by {cost.grain} {size(cost.memory) if excess.limit == 'memory' else f'{cost.updates:,.0f}'}"
        for cost in ranked
    ]
    return ", ".join(shown)
