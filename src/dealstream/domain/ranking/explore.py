"""Exploration: how deals get their chance of which little is known yet, and how many of them a page bears.

Thompson sampling ranks by a draw from each deal's posterior instead of by its mean: the less is known of a deal, the
further up it may come. A draw hangs on user, day and deal alone, not on chance or on which other deals there are: all
of a day a user sees the same order, page after page, unless the counts or the user's own events change it.

A Beta draw is X / (X + Y) with X and Y of gamma distributions; of these d (1 + z / sqrt(9 d))^3 with z normal and
d = a - 1/3 is close for a >= 1 (what Marsaglia and Tsang's method proposes, and mostly takes), and gamma(a) is
gamma(a + 1) U^(1/a). This takes a fixed number of hashed uniforms a deal, and no loop.

Sources: O. Chapelle and L. Li, "An empirical evaluation of Thompson sampling" (2011); G. Marsaglia and W. Tsang, "A
simple method for generating gamma variables" (2000); G. Steele et al., "Fast splittable pseudorandom number
generators" (2014), for the hash (SplitMix64).
"""

import numpy as np
import numpy.typing as npt
import xxhash

from dealstream.domain.ranking.backoff import Floats, within
from dealstream.domain.ranking.candidates import Keys

_DAY_MS = 86_400_000
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def seed_of(user: str, now_ms: int) -> int:
    """Return the seed of a user on the day (UTC) of ``now_ms``."""
    return xxhash.xxh3_64_intdigest(f"{now_ms // _DAY_MS}\0{user}".encode())


def draws(seed: int, keys: Keys, alpha: Floats, beta: Floats) -> Floats:
    """Return a draw from each Beta(``alpha``, ``beta``) that hangs on ``seed`` and the deal's key alone."""
    # Box and Muller: two uniforms, two normals
    radius, angle = np.sqrt(-2 * np.log(_uniforms(seed, keys, 0))), 2 * np.pi * _uniforms(seed, keys, 1)
    ones = _log_gamma_draws(alpha, radius * np.cos(angle), _uniforms(seed, keys, 2))
    others = _log_gamma_draws(beta, radius * np.sin(angle), _uniforms(seed, keys, 3))
    return within(1 / (1 + np.exp(np.clip(others - ones, -700, 700))))


def _log_gamma_draws(shape: Floats, normals: Floats, uniforms: Floats) -> Floats:
    """Return the logarithms: draws of small shapes are too small for floats."""
    d = shape + 2 / 3
    cube_root = np.maximum(1 + normals / np.sqrt(9 * d), 1e-3)
    return np.asarray(np.log(d) + 3 * np.log(cube_root) + np.log(uniforms) / shape)


def _uniforms(seed: int, keys: Keys, stream: int) -> Floats:
    """Return a number within (0, 1) for each key."""
    mixed = keys ^ np.uint64((seed + (stream + 1) * _GOLDEN) & _MASK)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def capped(unproven: npt.NDArray[np.bool_], cap: float) -> npt.NDArray[np.int64]:
    """Return a new order of a ranked list, as positions: unproven deals move down as far as the cap demands.

    Of the first n deals at most ``cap`` n, rounded up, are then unproven, for every n, as long as there are proven
    ones. The proven ones keep their order, and so do the unproven ones.
    """
    there = np.flatnonzero(unproven)
    # the j-th unproven deal (from 0) needs n with ceil(cap n) > j; the rest fills the places left, or there is no rest
    earliest = np.floor(np.arange(len(there)) / cap + 1e-9).astype(np.int64)
    places = np.empty(len(unproven), np.int64)
    places[there] = np.maximum(there, earliest)
    free = np.setdiff1d(np.arange(places[there].max(initial=-1) + len(unproven) + 1), places[there], assume_unique=True)
    proven = np.flatnonzero(~unproven)
    places[proven] = free[: len(proven)]
    return np.argsort(places, kind="stable")
