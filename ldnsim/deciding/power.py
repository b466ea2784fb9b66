"""How many people a study needs."""

from __future__ import annotations

import math

from ..base.reading import number

MOST_PEOPLE = 1_000_000
"""More than these are none that a study could have."""

_CLEAR = 20.0
"""Standardised difference beyond which nothing changes any more [1]."""


def people_needed(difference: float, *, power: float = 0.8, alpha: float = 0.05, paired: bool = False) -> float:
    """The smallest group that shows a difference, by the power of the t-test (noncentral t).

    Parameters
    ----------
    difference : float
        Difference of the means over the standard deviation in a group or, paired, of the differences [1].
    power : float
        Probability of showing it [1].
    alpha : float
        Two-sided level of the test [1].
    paired : bool
        Whether each person is measured twice, else there are two groups of different people.

    Returns
    -------
    float
        People in each of two groups, or pairs; at least 2, infinity where `MOST_PEOPLE` are not enough.

    Raises
    ------
    InputError
        If a probability is not between 0 and 1, or the power not above the level.

    Examples
    --------
    >>> people_needed(0.5), people_needed(0.8)
    (64.0, 26.0)
    """
    number(alpha, "alpha", low=1e-6, high=0.5)
    number(power, "power", low=2 * alpha, high=1 - 1e-6)
    from scipy.stats import nct, norm, t

    d = min(abs(difference), _CLEAR)
    groups = 1 if paired else 2
    # what a normal distribution would need is never too many
    least = groups * ((norm.isf(alpha / 2) + norm.isf(1 - power)) / d) ** 2 if d else math.inf
    if least > MOST_PEOPLE:
        return math.inf
    people = max(math.floor(least), 2)
    while True:
        degrees, shift = groups * (people - 1), d * math.sqrt(people / groups)
        edge = t.isf(alpha / 2, degrees)
        below = float(nct.cdf(-edge, degrees, shift))  # nan where it is too small to be told from 0
        if nct.sf(edge, degrees, shift) + (0.0 if math.isnan(below) else below) >= power:
            return float(people)
        people += 1
