"""What a blockade costs and its rebound repays: areas of a variable below and above its baseline, and break-even."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..noncompartmental.effects import areas_about
from ..results.endpoints import each_above, mean_over, repaid_at, running_area
from .crossing import Array, Question, unit_of
from .parts import Part, parts_of, record_of, runs_of
from .wanted import TONE

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

BREAK_EVEN = "break-even [h]"


@dataclass(frozen=True, eq=False)
class Rebound:
    """What a blockade costs, and what its rebound repays.

    Attributes
    ----------
    asked : str
        The variable and what it is held against.
    table : pandas.DataFrame
        A row a person: run, person, baseline, mean, lowest and highest [unit of the variable], hours below the
        baseline, suppressed, rebound and net area [unit times h], break-even since the start of what is read [h], and
        the reason where it is not a time within the run; of a run that did not finish nan.
    runs : mapping of str to xarray.Dataset
        What it was read off.
    record : dict
        All that is needed to answer again.
    parts, question : list of Part, Question
        The same runs with who is in them, and what was asked of them.
    given : float, str or None
        The baseline as it was given.
    """

    asked: str
    table: pd.DataFrame
    runs: Mapping[str, xr.Dataset]
    record: dict[str, Any]
    parts: list[Part] = field(repr=False)
    question: Question = field(repr=False)
    given: float | str | None = None

    def cumulated(self, part: Part) -> tuple[Array, Array]:
        """Times [h], and the net area of each person of a run up to each [unit times h]."""
        time, values = self.question.read(part.data)
        return time, running_area(time, values - self.question.baseline(part.data, self.given)[:, np.newaxis])

    def plot(self) -> Any:
        """The variable against its baseline, and the cumulated area that says when a deficit is repaid.

        Returns
        -------
        matplotlib.figure.Figure
            The picture; of many people medians with the band that holds 90 %.
        """
        from .pictures import rebound

        return rebound(self)

    def __str__(self) -> str:
        lines = [f"{self.asked}:"]
        several = self.table["run"].nunique() > 1
        areas = [column for column in self.table.columns if " area " in column]
        for name, rows in self.table.groupby("run", sort=False):
            head = f"  {name}: " if several else "  "
            done = rows[np.isfinite(rows["mean"])]
            lost = len(rows) - len(done)
            if len(done) == 1:
                (one,) = done.to_dict("records")
                said = [f"{column} {one[column]:.3g}" for column in areas]
                when = one["reason"] or f"break-even after {one[BREAK_EVEN]:.1f} h"
                lines.append(f"{head}{', '.join(said)}, mean {one['mean']:.3g}; {when}")
            elif len(done):
                said = [f"{column} {done[column].median():.3g}" for column in areas]
                repaid = np.isfinite(done[BREAK_EVEN])
                when = f"; median break-even of these after {done[BREAK_EVEN][repaid].median():.1f} h" * bool(
                    repaid.any()
                )
                lines.append(
                    f"{head}{len(done)} people, medians: {', '.join(said)}, mean {done['mean'].median():.3g}; "
                    f"{100 * repaid.mean():.0f} % of them break even within the run{when}"
                )
            lines += [f"{head}{lost} left out because their run did not finish"] * bool(lost)
        return "\n".join(lines)


def rebound(
    result: object,
    variable: str = TONE,
    *,
    baseline: float | str | None = None,
    within: Any = None,
    **labels: str,
) -> Rebound:
    """What a blockade costs and its rebound repays: areas below and above a baseline, and when they are even.

    Parameters
    ----------
    result : result
        A run, a comparison, curves of an ensemble, or several of these, as for `ldnsim.windows`.
    variable : str
        Net opioid tone by default; any other with its labels.
    baseline : float or str, optional
        What it is held against, in its unit or with its own; by default 1 for what is relative to untreated, and of
        others where each person began, untreated.
    within : (time, time) or "last day", optional
        Which part of the run is read; by default all.
    **labels : str
        A label for each other dimension of the variable.

    Returns
    -------
    Rebound
        A table and a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or a run that begins at steady state has no untreated level.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> print(ldn.rebound(ldn.simulate("4.5 mg at 22:00", until="4 days", step=0.25)))
    Net opioid tone against 1:
      suppressed area [h] 4.42, rebound area [h] 6.73, net area [h] 2.31, mean 1.02; break-even after 67.2 h
    """
    parts = parts_of(result, variable)
    question = Question(variable, labels, within=within)
    rows, said = [], []
    for part in parts:
        rows.append(_read(part, question, baseline))
        base = np.unique(rows[-1]["baseline"][: len(part.who)])
        unit = unit_of(part.data, variable)
        said.append(f"{base[0]:.4g}{f' {unit}' * (unit != '1')}" if len(base) == 1 else "where each person began")
    asked = f"{question.title} against {' / '.join(dict.fromkeys(said))}"
    record = record_of(parts, question, answer="rebound", baseline=baseline)
    return Rebound(asked, _frame(rows), runs_of(parts), record, parts, question, baseline)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([pd.DataFrame(one) for one in rows], ignore_index=True)


def _read(part: Part, question: Question, given: float | str | None) -> dict[str, Any]:
    """Columns of the table."""
    data = part.data
    time, values = question.read(data)
    base = question.baseline(data, given)
    gaps = values - base[:, np.newaxis]
    above, below = areas_about(time, values, base)
    even = repaid_at(time, gaps) - time[0]
    net = above - below
    unit = unit_of(data, question.variable)
    area = "[h]" if unit == "1" else f"[{unit}*h]"
    length = f"{time[-1] - time[0]:.4g} h"
    reasons = [
        f"not repaid within {length}: {-one:.3g} {area[1:-1]} are missing" if np.isinf(when)
        else "nothing was suppressed" * bool(cost == 0)
        for one, when, cost in zip(net, even, below, strict=True)
    ]  # fmt: skip
    columns = {
        "baseline": base, "mean": mean_over(time, values),
        "lowest": values.min(axis=1), "highest": values.max(axis=1),
        "hours below [h]": time[-1] - time[0] - each_above(time, gaps, 0.0),
        f"suppressed area {area}": below, f"rebound area {area}": above, f"net area {area}": net, BREAK_EVEN: even,
    }  # fmt: skip
    lost = [np.nan] * len(part.lost)
    return {
        "run": part.name, "person": [*part.who, *(who for who, _ in part.lost)],
        **{name: [*one, *lost] for name, one in columns.items()},
        "reason": [*reasons, *(why for _, why in part.lost)],
    }  # fmt: skip
