"""When which fault happens: a function of the seed, so that a run can be done again."""

import random
from collections.abc import Sequence

from tests.chaos.faults import RECIPES, Action, Fault, Recipe

WARM_UP = 15.0
TIGHTEST = 0.3
"""To what part the quiet times after faults may shrink so that all faults fit into the duration."""
PATIENT = 0.75
"""So many faults wait for the stream to flow; the others may fall upon a pipeline that is down already."""
OLDEST = 0.8
"""Of the time that has passed: no dump is older than that when a server is set back to it."""


class TooManyFaultsError(ValueError):
    """The faults do not fit into the duration; the message says how long they take."""


def schedule(seed: int, faults: int, duration: float, recipes: Sequence[Recipe] = RECIPES) -> list[Fault]:
    """Return that many faults over `duration` seconds: kinds by their shares, at an order and times by the seed.

    Raises:
        TooManyFaultsError: there is no room for them.

    """
    rng = random.Random(seed)
    order = _one_set_back_halfway(_late_set_backs(_deal(rng, faults, recipes), rng))
    lengths = [_length(rng, recipe) for recipe in order]
    busy = sum(length for recipe, length in zip(order, lengths, strict=True) if _lasts(recipe))
    quiet = sum(recipe.quiet for recipe in order)
    shrunk = (duration - WARM_UP - busy) / quiet if order else 1.0
    if shrunk < TIGHTEST:
        shortest = WARM_UP + busy + TIGHTEST * quiet
        raise TooManyFaultsError(f"{faults} faults take {shortest:.0f} s at least, not {duration:.0f}")
    return _placed(rng, order, lengths, shrunk)


def _deal(rng: random.Random, faults: int, recipes: Sequence[Recipe]) -> list[Recipe]:
    """Draw the kinds: each gets the whole part of its share, and chance decides who gets the rest."""
    total = sum(recipe.share for recipe in recipes)
    exact = [faults * recipe.share / total for recipe in recipes]
    dealt = [recipe for recipe, share in zip(recipes, exact, strict=True) for _ in range(int(share))]
    # a weighted draw without repetition: the k smallest of exponential variates with the rests as their rates
    keys = [rng.expovariate(rest) if (rest := share % 1) else float("inf") for share in exact]
    chosen = sorted(range(len(recipes)), key=keys.__getitem__)[: faults - len(dealt)]
    dealt += [recipes[index] for index in chosen]
    rng.shuffle(dealt)
    return dealt


def _late_set_backs(order: list[Recipe], rng: random.Random) -> list[Recipe]:
    """Put no set-back into the first third, when there are no old dumps yet, as far as others can take its place."""
    third = len(order) // 3
    for early in range(third):
        later = [index for index in range(third, len(order)) if order[index].action is not Action.SET_BACK]
        if order[early].action is Action.SET_BACK and later:
            other = rng.choice(later)
            order[early], order[other] = order[other], order[early]
    return order


def _one_set_back_halfway(order: list[Recipe]) -> list[Recipe]:
    """Bring one set-back to the middle of the run, if there are several.

    What reads minutes of the log again holds more than what keeps up: memory that is compared between the middle and
    the end (see `memory.py`) must be of both.
    """
    places, middle = _set_backs(order), len(order) // 2
    if len(places) > 1:
        nearest = min(places[:-1], key=lambda place: abs(place - middle))
        order[nearest], order[middle] = order[middle], order[nearest]
    return order


def _far_back(order: list[Recipe]) -> set[int]:
    """Return which set-backs go as far back as they can: that in the middle, and the last one."""
    places = _set_backs(order)
    return {place for place in places if place in (len(order) // 2, places[-1])}


def _set_backs(order: list[Recipe]) -> list[int]:
    return [place for place, recipe in enumerate(order) if recipe.action is Action.SET_BACK]


def _placed(rng: random.Random, order: list[Recipe], lengths: list[float], shrunk: float) -> list[Fault]:
    faults, at = [], WARM_UP
    far_back = _far_back(order)
    for index, (recipe, length) in enumerate(zip(order, lengths, strict=True)):
        quiet = recipe.quiet * shrunk
        start = at + rng.uniform(0, 0.2) * quiet
        seconds = recipe.longest if index in far_back else length
        if recipe.action is Action.SET_BACK:
            seconds = min(seconds, OLDEST * start)
        patient = rng.random() < PATIENT
        faults.append(Fault(round(start, 2), recipe.action, recipe.target, round(seconds, 2), patient))
        at += quiet + (length if _lasts(recipe) else 0)
    return faults


def _length(rng: random.Random, recipe: Recipe) -> float:
    return recipe.shortest + (recipe.longest - recipe.shortest) * float(rng.random() ** recipe.skew)


def _lasts(recipe: Recipe) -> bool:
    """Tell whether the seconds of a fault pass while it is done; those of a set-back passed long before."""
    return recipe.action is not Action.SET_BACK
