"""Local sensitivities: elasticities where parameters are, and what the ends of their ranges do, one at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import InputError
from ..dosing.regimen import Regimen
from ..results.over_time import FINISHED
from ..results.readings import CLOCK
from ..study.options import OfEnsemble
from .asking import Progress, Question, Wanted, ask
from .factors import Factor, Over

if TYPE_CHECKING:
    import pandas as pd

NO_VALUE = "the output has no value"


@dataclass(frozen=True, eq=False)
class Elasticities:
    """What outputs do where one thing after the other is moved, a little and to the ends of its range.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each output and what is moved, the one whose range moves the output most first: output, parameter;
        ``elasticity``, percent by which the output changes where it rises by one percent (nan where one of both is 0);
        ``slope``, of the output over the unit of what is moved; ``at low`` and ``at high``, the output at the ends of
        the range, all else as it is, and the ``swing`` between them; ``value`` of the output where nothing is moved,
        and its ``output unit``; ``low``, ``high``, ``typical``, ``unit`` and ``shape`` of the range; meaning, row,
        status and source; ``why`` a number is missing.
    runs : pandas.DataFrame
        The runs at the ends of ranges; the first one has nothing moved.
    record : dict
        Verb, arguments, parameters and versions, in plain values.
    question : Question
        What was asked.
    """

    table: pd.DataFrame
    runs: pd.DataFrame
    record: dict[str, Any]
    question: Question

    @property
    def weakest(self) -> str:
        """The weakest evidence behind the outputs."""
        return self.question.weakest

    def plot(self) -> Any:
        """Elasticities, and a tornado of what the ends of the ranges do, for each output; a matplotlib figure."""
        from .pictures import tornado

        return tornado(self)

    def __str__(self) -> str:
        from .telling import of_elasticities

        return of_elasticities(self)


def elasticities(
    regimen: Regimen | str,
    wanted: Wanted,
    over: Over | None = None,
    *,
    progress: Progress = None,
    **settings: Unpack[OfEnsemble],
) -> Elasticities:
    """What each parameter does to outputs: d ln y / d ln p where it is, and the outputs at the ends of its range.

    Derivatives are those of `Ensemble.jacobian`. The ends are those of the ledger's ranges, of a log-normal spread its
    middle 90 %, or of the user's; one parameter is moved at a time, all others stay at their typical values.

    Parameters
    ----------
    regimen : Regimen or str
        What is given.
    wanted : str, callable, sequence of str, or mapping of str to callable
        Outputs: names or functions of the curves, see `Ensemble.endpoints`.
    over : sequence of str, or mapping of str to range, optional
        What is moved: parameters, numeric covariates or ``mg``, by name; in a mapping with a range ``(low, high)`` or
        ``(low, high, "log")``, or None for that of the ledger. By default all parameters behind the outputs.
    progress : callable, optional
        Called with the fraction done.
    **settings
        As for `Ensemble`: model, assumptions, parameters, covariates, start, until, step, engine and others.

    Returns
    -------
    Elasticities
        Table and picture.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    What is absorbed of a dose leaves by clearance, so that the area goes with one over it:

    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=60, V=20)
    >>> area = ["C_central AUC in the window"]
    >>> found = ldn.elasticities("100 mg iv", area, ["CL", "V"], model=drug, until=24, step=1)
    >>> {name: round(value, 3) + 0 for name, value in zip(found.table["parameter"], found.table["elasticity"])}
    {'CL': -1.0, 'V': 0.0}
    """
    question = ask(regimen, wanted, over, settings, ranged=False)
    names = [one.name for one in question.factors]
    base = {one.name: one.typical for one in question.factors}
    for name, value in base.items():
        if math.isnan(value):
            raise InputError("over", name, "what has a value to start from; covariates= can say it")
    slopes = question.ready.jacobian(question.wanted, names, base)
    if progress is not None:
        progress(0.5)
    ends = [(one.name, end) for one in question.factors if one.ranged for end in (one.low, one.high)]
    columns = {name: np.full(1 + len(ends), value) for name, value in base.items()}
    for row, (name, end) in enumerate(ends, start=1):
        columns[name][row] = end
    runs = question.run(columns, None if progress is None else lambda done: progress((1 + done) / 2))
    table = _table(question, slopes, runs, {end: row for row, end in enumerate(ends, start=1)})
    return Elasticities(table, runs, question.record("elasticities"), question)


def _table(
    question: Question, slopes: pd.DataFrame, runs: pd.DataFrame, places: dict[tuple[str, float], int]
) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for output in question.outputs:
        value = float(runs[output].iloc[0])
        rows = []
        for one in question.factors:
            slope = float(slopes[one.name][output])
            clock = question.units[output] == CLOCK
            relative = slope * one.typical / value if one.typical and value and not clock else math.nan
            low, high, why = _at_ends(runs, output, one, places)
            missing = "no elasticity of a time of day" if clock else _missing(one, value, slope)
            rows.append(
                {
                    "output": output, "parameter": one.name, "elasticity": relative, "slope": slope, "at low": low,
                    "at high": high, "swing": abs(high - low), "value": value,
                    "output unit": question.units[output], **one.told(),
                    "why": "; ".join(filter(None, (missing, why))),
                }
            )  # fmt: skip
        frame = pd.DataFrame(rows)
        # by what the range does; what has none, behind, by its elasticity
        order = np.lexsort((-frame["elasticity"].abs().fillna(0), -frame["swing"].fillna(-1)))
        parts.append(frame.iloc[order])
    return pd.concat(parts, ignore_index=True)


def _missing(one: Factor, value: float, slope: float) -> str:
    """Why there is no elasticity."""
    if math.isnan(value) or math.isnan(slope):
        return NO_VALUE
    if not value:
        return "no elasticity of an output of 0"
    return "" if one.typical else f"no elasticity to {one.name}, which is 0"


def _at_ends(
    runs: pd.DataFrame, output: str, one: Factor, places: dict[tuple[str, float], int]
) -> tuple[float, float, str]:
    """An output at both ends of a range, and why it has no value there."""
    if not one.ranged:
        return math.nan, math.nan, "no range"
    found, why = [], []
    for word, end in (("low", one.low), ("high", one.high)):
        row = runs.iloc[places[one.name, end]]
        found.append(float(row[output]))
        if row["status"] not in FINISHED:
            why.append(f"at the {word} end {row['reason']}")
        elif math.isnan(found[-1]):
            why.append(f"at the {word} end {NO_VALUE}")
    return found[0], found[1], "; ".join(why)
