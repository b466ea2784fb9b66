"""Which parameters decide whether a claim holds, and over which part of their ranges it does."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..population.spans import LOG_NORMAL, Array, Span
from ..results.readings import NEAR

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
"""Of the intervals of shares [1]."""

BEST, AS_GOOD = "best in", f"within {NEAR:.0%} of best in"
"""Columns of `best_doses`."""

SIGNIFICANT = 0.01
"""Largest p, times the number of parameters that were looked at, of one that decides: so that in one claim of a hundred
a bystander is named [1]."""

_PARTS, _FEWER, _ENOUGH = 8, 4, 16
"""Into how many parts a range is cut, where each has enough sets, and where not; and how many are enough."""

_ENDS = (0.005, 0.995)
"""Where the first part of a log-normal spread begins and the last one ends [1]."""


def interval(holding: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    from scipy.stats import binomtest

    found = binomtest(holding, of).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def deciders(spans: Sequence[Span], shares: Mapping[str, Array], holds: NDArray[np.bool_]) -> pd.DataFrame:
    """How far apart the values of each parameter lie where a claim holds and where it does not.

    Parameters
    ----------
    spans : sequence of Span
        The parameters that vary.
    shares : mapping of str to ndarray, shape (n,)
        Their shares of the range.
    holds : ndarray of bool, shape (n,)
        Whether the claim holds.

    Returns
    -------
    pandas.DataFrame
        One row a parameter, by falling distance, see `ldnsim.claims.Robustness.table`.
    """
    import pandas as pd
    from scipy.stats import ks_2samp

    both = holds.any() and not holds.all()
    rows = []
    for span in spans:
        at = shares[span.name]
        distance = chance = below = above = np.nan
        if both:
            # the asymptotic p, which is far too small where few hold, stands in where the exact one gives up
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                test = ks_2samp(at[holds], at[~holds])
            distance, chance = float(test.statistic), min(float(test.pvalue) * len(spans), 1.0)
            below, above = (float(np.median(span.values(at[where]))) for where in (holds, ~holds))
        low, high = span.limits
        rows.append(
            {
                "parameter": span.name,
                "row": span.row.id,
                "status": span.row.status,
                "meaning": span.row.quantity,
                "unit": span.row.unit,
                "low": low,
                "high": high,
                "spread": span.shape,
                "typical": span.row.value,
                "KS": distance,
                "p": chance,
                "decides": chance < SIGNIFICANT,
                "median where it holds": below,
                "median where not": above,
            }
        )
    return pd.DataFrame(rows).sort_values("KS", ascending=False, kind="stable", ignore_index=True)


def best_doses(doses: Array, values: Array, typical: Array) -> pd.DataFrame | None:
    """At which dose a number is highest.

    Parameters
    ----------
    doses : ndarray, shape (n_doses,)
        The doses [mg].
    values : ndarray, shape (n, n_doses)
        The number, of each parameter set; sets in which it is nan at a dose are left out.
    typical : ndarray, shape (n_doses,)
        The same at the typical values.

    Returns
    -------
    pandas.DataFrame or None
        One row a dose: its share of the sets in which it is best, and of those in which it is about as good as the
        best; 5th, 50th and 95th percentile of the number over the sets, and the number at the
        typical values. None where no set is left.
    """
    import pandas as pd

    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return None
    highest = values.max(axis=1, keepdims=True)
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    return pd.DataFrame(
        {
            "dose [mg]": doses,
            BEST: np.bincount(values.argmax(axis=1), minlength=len(doses)) / len(values),
            AS_GOOD: (values >= highest - NEAR * np.abs(highest)).mean(axis=0),
            "5 %": low,
            "median": middle,
            "95 %": high,
            "typical": typical,
        }
    )


def by_bin(spans: Sequence[Span], shares: Mapping[str, Array], holds: NDArray[np.bool_]) -> pd.DataFrame:
    """Share of the sets in which a claim holds, over equal parts of the range of each parameter.

    Parameters
    ----------
    spans, shares, holds
        As for `deciders`.

    Returns
    -------
    pandas.DataFrame
        One row a parameter and part, see `ldnsim.claims.Robustness.bins`.
    """
    import pandas as pd

    parts = _PARTS if holds.size >= _ENOUGH * _PARTS else _FEWER
    edges, rows = np.linspace(0, 1, parts + 1), []
    for span in spans:
        # what is log-normal has no ends
        ends = span.values(edges.clip(*_ENDS) if span.shape == LOG_NORMAL else edges).tolist()
        part = np.minimum((shares[span.name] * parts).astype(int), parts - 1)
        for k in range(parts):
            inside = holds[part == k]
            count, holding = inside.size, int(inside.sum())
            low, high = interval(holding, count) if count else (np.nan, np.nan)
            rows.append((span.name, ends[k], ends[k + 1], count, holding / count if count else np.nan, low, high))
    return pd.DataFrame(rows, columns=["parameter", "from", "to", "sets", "share", "low", "high"])
