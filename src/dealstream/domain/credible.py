"""The credible interval of a conversion rate that is measured by counts alone.

    rate ~ Beta(1/2 + c, 1/2 + n - c)        n: impressions, c: conversions / repeats

with Jeffreys' prior. Where nothing, or everything, was converted, the interval reaches to the end.

Source: L. Brown, T. Cai and A. DasGupta, "Interval estimation for a binomial proportion" (2001).
"""

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

# the share of the distribution that an interval holds, with equal tails
CREDIBLE = 0.95
Floats = npt.NDArray[np.float64]


def tails(alpha: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Return between what Beta(``alpha``, ``beta``) lies."""
    tail = (1 - CREDIBLE) / 2
    return np.asarray(betaincinv(alpha, beta, tail)), np.asarray(betaincinv(alpha, beta, 1 - tail))


def interval(impressions: Floats, conversions: Floats, repeats: float) -> tuple[Floats, Floats]:
    """Return between what conversions / impressions would lie if there were endlessly many.

    ``repeats`` is how many conversions are counted for each impression that converts, and the most the rate can be.
    """
    converted = np.minimum(conversions / repeats, impressions)
    low, high = tails(converted + 0.5, impressions - converted + 0.5)
    return repeats * np.where(converted == 0, 0.0, low), repeats * np.where(converted == impressions, 1.0, high)
