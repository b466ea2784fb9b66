"""A fit in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .result import Fit

_TOLD = 24
"""Rows of the table that a text shows."""


def headline(fit: Fit) -> str:
    """What was fitted to what."""
    lanes, error = fit.problem.lanes, fit.problem.error
    ends, people = fit.ends, len(lanes.subjects)
    how = "pooled" if fit.pooled else "each by itself"
    whom = f"{people} subjects, {how}" if people > 1 else "one subject"
    known = " (known)" * (not error.estimated)
    units = ", ".join(dict.fromkeys(fit.data.units))
    return (
        f"{lanes.model.name}: {', '.join(fit.names)} fitted to {int(ends['n'].sum())} measurements of "
        f"{' and '.join(fit.data.groups)} [{units}] in {whom}; {error.name} error{known}."
    )


def beneath(fit: Fit) -> list[str]:
    """What else must be known of it, a sentence each."""
    ends = fit.ends
    found = []
    if fit.data.below:
        what = "counted by the probability of that (M3)" if fit.record["fit"]["blq"] == "M3" else "left out (M1)"
        found.append(f"Measurements below a limit, {what}: {fit.data.below}.")
    units = [unit for unit in dict.fromkeys(fit.data.units) if unit != "1"]
    if fit.record["fit"]["unit"] is None and units:
        found.append(f"DV is taken to be in {', '.join(units)}, because no unit was said.")
    ended = ends["status"] == "converged"
    if ended.all():
        found.append("All fits converged." if len(ends) > 1 else "Converged.")
    found += [f"{row.ID}: {row.status}." for row in ends[~ended].head(_TOLD).itertuples()]
    known = [(name, one) for name, one in zip(fit.names, fit.problem.priors, strict=True) if one is not None]
    if known:
        told = (
            f"{name} {type(one.distribution).__name__} about {one.centre:.4g} ({one.behind})" for name, one in known
        )
        found.append(f"Priors: {'; '.join(told)}.")
    if fit.flip:
        found.append(f"{'' if len(fit.units) == 1 else f'Of {fit.units[0]}, as an example: '}{fit.flip}.")
    if fit.pooled and len(fit.problem.lanes.subjects) > 1:
        found.append(
            "Pooled: differences between people count as error; a mixed-effects model (NONMEM, nlmixr2) separates them."
        )
    account = fit.problem.lanes.study.account
    if account is not None and (account.own is None or account.own.axes):
        found.append(f"Assumptions: {account.name}.")
    basis = fit.weakest
    found.append(f"Weakest evidence behind what was not fitted: {basis}." if basis else "Every parameter was fitted.")
    return found


def tell(fit: Fit) -> str:
    """The fit in words, with the beginning of its table."""
    shown = ["ID", "parameter", "estimate", "unit", "SE", "RSE [%]", "low", "high"]
    table = fit.table[shown]
    rows = table.head(_TOLD).to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep="-")
    left = len(table) - _TOLD
    more = [f"... and {left} more rows in the table"] if left > 0 else []
    objective = fit.ends["-2LL"].to_numpy()
    last = f"-2 log-likelihood {np.nansum(np.where(np.isfinite(objective), objective, np.nan)):.4f}."
    return "\n".join([headline(fit), "", rows, *more, "", *beneath(fit), last])
