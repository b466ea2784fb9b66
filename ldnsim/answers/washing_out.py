"""How long after the last dose nearly everybody is below a level, under each account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import HOURS_PER_DAY, hours, quantity
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..models.dosable import Model
from ..population.population import Population
from ..results.behind import evidence_of
from ..study.options import Engine, part_of
from .after_dose import NOT_ADVICE, PEOPLE, Asked, asked, grid
from .crossing import Array, Question
from .parts import Part, parts_of, record_of, runs_of
from .wanted import hours_until_below, until_below

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

BELOW = 0.1
"""Share of receptors held, or of an effect blocked, below which a washout ends where nothing is said [1]."""

_CERTAIN = 0.95
_FIRST = 14 * HOURS_PER_DAY
"""How long after the last dose the first run goes on [h]."""

_OF_SHARES = ("occupancy", "functional_block", "site_occupancy")


@dataclass(frozen=True, eq=False)
class Washout:
    """How long after the last dose nearly everybody is below a level.

    Attributes
    ----------
    table : pandas.DataFrame
        A row an account: hours after the last dose that is taken until the share of people is below for good, with its
        95 % interval for the sampling of people, the same in days, the median person [h]; how many people finished and
        were left out, until when after the last planned dose they were followed [h], the weakest evidence, and the
        reason where there is no time: infinity where too many are still above at the limit.
    each : pandas.DataFrame
        A row a person: account, person, hours; infinity for who is still above at the end of the run.
    runs : mapping of str to xarray.Dataset
        The people under each account.
    record : dict
        All that is needed to answer again.
    asked : str
        The question in words.
    share : float
        Share of people who are below [1].
    parts, question : list of Part, Question
        The same runs with who is in them, and what was asked of them.
    """

    table: pd.DataFrame
    each: pd.DataFrame
    runs: Mapping[str, xr.Dataset]
    record: dict[str, Any]
    asked: str
    share: float
    parts: list[Part] = field(repr=False)
    question: Question = field(repr=False)

    def plot(self) -> Any:
        """Share of people who are still at or above over time after the last dose, a curve an account.

        Returns
        -------
        matplotlib.figure.Figure
            The picture; a mark with its interval says when the share of people is below.
        """
        from .pictures import washout

        return washout(self)

    def __str__(self) -> str:
        lines = [f"{self.asked}:"]
        wide = self.table["account"].str.len().max()
        for row in self.table.to_dict("records"):
            alone = row["people"] == 1
            upper = f"to {row['high']:.1f}" if np.isfinite(row["high"]) else "or more"
            spread = "" if alone else f" ({row['low']:.1f} {upper})"
            median = "" if alone else f"; the median person {row['median']:.1f} h"
            told = f"{row['hours']:.1f} h{spread}, {row['days']:.1f} days{median}"
            found = row["reason"] if np.isinf(row["hours"]) else told
            lost = f"; {row['left out']} left out because their run did not finish" * bool(row["left out"])
            lines.append(f"  {row['account']:{wide}}  {found}{lost}")
        people = self.table["people"].min()
        drawn = "" if people == 1 else f"Intervals: 95 %, for the drawing of {people} people alone. "
        evidence = ", ".join(dict.fromkeys(self.table["weakest evidence"]))
        return "\n".join([*lines, f"{drawn}Weakest evidence: {evidence}. {NOT_ADVICE}"])


def washout(
    regimen: Regimen | str,
    below: float | str | None = None,
    share: float = 0.95,
    *,
    variable: str | None = None,
    accounts: Sequence[Assumptions | str] | Mapping[str, Assumptions | str] | None = None,
    exposures: Sequence[str] | bool = False,
    population: Population | int = PEOPLE,
    model: Model | Mapping[str, Model] | None = None,
    parameters: Mapping[str, object] | None = None,
    start: str = "untreated",
    limit: float | str = "365 days",
    engine: Engine = "auto",
    progress: Callable[[float], None] | None = None,
    **labels: str,
) -> Washout:
    """How long after the last dose nearly everybody is below a level, under each account side by side.

    Hours count from the last dose that is taken: where people skip or delay doses by themselves
    (``Population(adherence=...)``), from the one that each took last, and from the start for whoever took none.
    A run goes on for two weeks after the last dose, and is made twice as long until the answer lies in it or `limit` is
    reached. Who is below a level for good no longer reaches it later in the run. For research and teaching, not medical
    advice.

    Parameters
    ----------
    regimen : Regimen or str
        What is given, of any kind; a text without an end goes on for 28 days.
    below : float or str, optional
        The level, in the unit of the variable or with its own, ``"10 %"``; 0.1 of receptors held or of an effect by
        default.
    share : float
        Share of people who have to be below it [1].
    variable : str, optional
        By default mu receptors held, or what another model observes; ``"functional_block"`` is of an effect.
    accounts : sequence of Assumptions or str, or mapping of str to these, optional
        Accounts of naltrexone, both bundles by default.
    exposures : sequence of str, or True
        Every account is run under each of these choices of its axis ``exposure``; True means all four.
    population : Population or int
        Who takes it, or how many people are drawn, with seed 1; 1 is the typical person alone.
    model : Model, or mapping of str to Model, optional
        Another model than that of naltrexone, or several by name, in place of accounts.
    parameters, start, engine
        As in `ldnsim.simulate`.
    limit : float or str
        How long after the last dose people are followed at most [h].
    progress : callable, optional
        Called with the fraction done.
    **labels : str
        A label for each other dimension of the variable, such as ``receptor="mor"``.

    Returns
    -------
    Washout
        A table and a picture.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=2, V=20)
    >>> found = ldn.washout("100 mg daily for 3 days", "0.1 mg/L", model=drug, population=1)
    >>> round(float(found.table["hours"][0]), 1)  # ln(5.49 / 0.1) over 0.1/h
    40.1
    """
    share = number(share, "share", low=0.0, high=1.0)
    if share == 0:
        raise InputError("share", share, "a share above 0, up to 1")
    most = hours(limit, "limit")
    if most <= 0:
        raise InputError("limit", limit, "a time above 0")
    one = asked(regimen, accounts, exposures, population, model, parameters=parameters, start=start, engine=engine)
    name, chosen = _variable(one, variable, labels)
    unit = one.unit(name, chosen)
    if below is None and name not in _OF_SHARES:
        raise InputError("below", None, f"a level of {name!r}, such as '1 {unit}'")
    level = quantity(BELOW if below is None else below, unit, "below")
    if level <= 0:
        raise InputError("below", below, "a level above 0, which a decline reaches")
    question = Question(name, chosen, level, below=True)
    found, rows, each = dict[str, Any](), [], []
    for done, account in enumerate(one.accounts):
        found[account], row, mine = _followed(one, account, question, share, most)
        rows.append({"account": account, **row})
        each.append(mine.assign(account=account))
        report: Any = part_of(progress, done, len(one.accounts))
        if report is not None:
            report(1.0)
    return _washout(one, found, rows, each, question, share, most)


def _variable(one: Asked, variable: str | None, labels: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """What is followed, with its labels."""
    model = next(iter(one.accounts.values())).get("model")
    if variable is not None:
        return variable, labels
    if model is None or (model.variables is not None and "occupancy" in model.variables):
        return "occupancy", labels or {"receptor": "mor"}
    return model.predicted.get(model.observe, model.observe), labels


def percentile(values: Array, share: float) -> tuple[float, float, float]:
    """The least value that a share of people does not exceed, and its 95 % interval by ranks.

    Parameters
    ----------
    values : ndarray, shape (n_people,)
        A number a person; infinity counts as more than any other.
    share : float
        Which share [1].

    Returns
    -------
    found, low, high : float
        The value and its limits, which hold whatever the distribution; infinity where people are too few for one.
    """
    from scipy.stats import binom

    ordered, n = np.sort(values), len(values)
    outside = (1 - _CERTAIN) / 2
    # how many of the people drawn have less than the true percentile is binomial
    ranks = [np.ceil(n * share - 1e-9), binom.ppf(outside, n, share), binom.ppf(1 - outside, n, share) + 1]
    found, low, high = (
        -np.inf if rank < 1 else np.inf if rank > n else float(ordered[int(rank) - 1]) for rank in ranks
    )
    return found, max(low, 0.0), high


def _followed(one: Asked, account: str, question: Question, share: float, most: float) -> tuple[Any, Any, Any]:
    """People under an account for as long as it takes, what is told of them all, and of each."""
    import pandas as pd

    variable, labels = question.variable, question.labels
    horizon = min(_FIRST, most)
    while True:
        run = one.run(account, grid(horizon), variable)
        (part,) = parts_of({account: run}, variable)
        until = _hours(one, question, part.data)
        found, low, high = percentile(until, share)
        if np.isfinite([found, high]).all() or np.isfinite(until).all() or horizon >= most:
            break
        horizon = min(2 * horizon, most)
    above = int(np.isinf(until).sum())
    size = "one person is" if len(until) == 1 else f"{len(until)} people are"
    few = f"{size} too few for an upper limit" if np.isinf(high) and np.isfinite(found) else ""
    still = (
        f"{above} of {len(until)} people still above {horizon / HOURS_PER_DAY:g} days after the last dose, the limit"
    )
    row = {
        "hours": found, "low": low, "high": high, "days": found / HOURS_PER_DAY,
        "median": percentile(until, 0.5)[0], "people": len(until), "left out": len(part.lost), "followed": horizon,
        "weakest evidence": evidence_of(part.data, variable, **labels).weakest,
        "reason": still if np.isinf(found) else few,
    }  # fmt: skip
    return run, row, pd.DataFrame({"person": part.who, "hours": until})


def _hours(one: Asked, question: Question, data: xr.Dataset) -> Array:
    """How long after the last dose that each has taken people are below the level for good [h]."""
    taken = one.taken
    if taken is None:
        return hours_until_below(question.variable, question.level, **question.labels)(data)
    last = taken[data["person"].values]
    _, end = question.stretch(data)
    found = np.full(len(last), np.inf)
    # people who took the same dose at the same time are looked at together
    for start in np.unique(last[last < end]):
        those = np.flatnonzero(last == start)
        found[those] = until_below(data.isel(person=those), question, float(start))
    return found


def _washout(
    one: Asked, found: Mapping[str, Any], rows: list[dict[str, Any]], each: list[Any], question: Question, share: float,
    most: float,
) -> Washout:  # fmt: skip
    import pandas as pd

    parts = parts_of(found, question.variable)
    said = question.said(parts[0].data).replace("below", "is below")
    whom = "" if one.population.n == 1 else f" in {100 * share:g} % of people"
    asked_for = f"{one.regimen}: hours after {one.counted} until {said} for good{whom}"
    about = {"answer": "washout", "below": question.level, "share": share, "limit": most, **one.record()}
    table = pd.DataFrame(rows)
    table.attrs["units"] = dict.fromkeys(("hours", "low", "high", "median", "followed"), "h") | {"days": "day"}
    people = pd.concat(each, ignore_index=True)[["account", "person", "hours"]]
    return Washout(
        table, people, runs_of(parts), record_of(parts, question, **about), asked_for, share, parts, question
    )
