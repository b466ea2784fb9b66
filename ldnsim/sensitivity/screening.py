"""Screening after Morris: which of many parameters matter at all over their ranges, from few runs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import LdnsimWarning
from ..base.reading import whole_number
from ..dosing.regimen import Regimen
from ..population.spans import Array
from ..study.options import OfEnsemble
from .asking import Progress, Question, Wanted, ask
from .designs import (
    CONFIDENCE,
    RESAMPLES,
    check_size,
    growing,
    lost_in_words,
    problem_of,
    run_all,
    salib,
    seeds,
    tables,
    whole_blocks,
)
from .factors import Over

if TYPE_CHECKING:
    import pandas as pd

LEVELS = 4
"""Levels of the grid on which trajectories walk."""

_LEAST = 4
_EFFECTS = ("mu_star", "mu_star_conf", "mu", "sigma")


@dataclass(frozen=True, eq=False)
class Screening:
    """What outputs do along trajectories through the ranges, on each of which one thing after the other is moved.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each output and what is moved, the one that matters most first: output, parameter; ``mu_star``, mean
        of the absolute elementary effects, in the unit of the output over the whole range, and half its 95 % interval
        ``mu_star_conf`` by bootstrap; ``mu``, their mean with sign; ``sigma``, their standard deviation, which is 0
        where the output is a straight line in it alone; ``output unit``; ``low``, ``high``, ``typical``, ``unit``,
        ``shape``, meaning, row, status and source.
    convergence : pandas.DataFrame
        ``mu_star`` and ``mu_star_conf`` from the first eighth, quarter and half of the trajectories, and all: output,
        parameter, ``n`` and how many of these were ``used``.
    runs : pandas.DataFrame
        Every run: what was moved, outputs, status and reason; trajectories one after the other.
    lost : tuple of str
        Which trajectories were left out, and why.
    record : dict
        Verb, arguments, parameters and versions, in plain values.
    question : Question
        What was asked.
    """

    table: pd.DataFrame
    convergence: pd.DataFrame
    runs: pd.DataFrame
    lost: tuple[str, ...]
    record: dict[str, Any]
    question: Question

    @property
    def weakest(self) -> str:
        """The weakest evidence behind the outputs."""
        return self.question.weakest

    def plot(self) -> Any:
        """Mean and spread of the effects, and how the means settle, for each output; a matplotlib figure."""
        from .pictures import screening

        return screening(self)

    def __str__(self) -> str:
        from .telling import of_screening

        return of_screening(self)


def morris(
    regimen: Regimen | str,
    wanted: Wanted,
    over: Over | None = None,
    *,
    n: int = 32,
    seed: int = 1,
    progress: Progress = None,
    **settings: Unpack[OfEnsemble],
) -> Screening:
    """Screen parameters by elementary effects over their ranges, after Morris (SALib).

    Each of `n` trajectories takes one run more than there are parameters. A log-normal spread counts within its middle
    90 %. A trajectory of which a run fails, or has no value of an output, is left out for that output with a warning.

    Parameters
    ----------
    regimen : Regimen or str
        What is given.
    wanted : str, callable, sequence of str, or mapping of str to callable
        Outputs: names or functions of the curves, see `Ensemble.endpoints`.
    over : sequence of str, or mapping of str to range, optional
        What is moved: parameters, numeric covariates or ``mg``, by name; in a mapping with a range ``(low, high)`` or
        ``(low, high, "log")``, or None for that of the ledger. By default all parameters behind the outputs that have
        a range in the ledger.
    n : int
        How many trajectories, from 4 on.
    seed : int
        Behind the design and the bootstrap.
    progress : callable, optional
        Called with the fraction done.
    **settings
        As for `Ensemble`: model, assumptions, parameters, covariates, start, until, step, engine and others.

    Returns
    -------
    Screening
        Table, convergence and picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or more than a fifth of the trajectories would be left out.
    MissingExtra
        If SALib is not installed.
    SolverError
        If no run finished.

    References
    ----------
    Morris, Technometrics 33:161 (1991); Campolongo et al., Environ Model Softw 22:1509 (2007).

    Examples
    --------
    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=3, V=20)
    >>> last = {"last": lambda data: data["C_central"].isel(time=-1)}
    >>> found = ldn.morris("100 mg iv", last, {"CL": (2, 4), "V": (15, 25)}, n=8, model=drug, until=24, step=1)
    >>> found.table["parameter"].tolist()
    ['CL', 'V']
    """
    salib()
    from SALib.analyze.morris import analyze
    from SALib.sample.morris import sample

    n = whole_number(n, "n", low=_LEAST)
    first, second = seeds(seed)
    question = ask(regimen, wanted, over, settings, ranged=True)
    block = len(question.factors) + 1
    check_size(n, block)
    problem = problem_of(question)
    shares: Array = sample(problem, n, num_levels=LEVELS, seed=first)
    runs = run_all(question, shares, progress, whole=False)
    rows = []
    for output in question.outputs:
        kept = whole_blocks(runs, output, block)
        values, inside = runs[output].to_numpy(dtype=float).reshape(-1, block), shares.reshape(n, block, -1)
        for size, used in growing(kept, _LEAST):
            found = analyze(
                problem, inside[used].reshape(-1, block - 1), values[used].ravel(), conf_level=CONFIDENCE,
                num_resamples=RESAMPLES, num_levels=LEVELS, seed=second,
            )  # fmt: skip
            for place, one in enumerate(question.factors):
                numbers = {name: float(np.ma.getdata(found[name])[place]) for name in _EFFECTS}
                rows.append({"output": output, "parameter": one.name, "n": size, "used": len(used), **numbers})
    lost = tuple(lost_in_words(question, runs, block))
    for said in lost:
        warnings.warn(said, LdnsimWarning, stacklevel=2)
    table, convergence = tables(question, rows, n, "mu_star")
    return Screening(table, convergence, runs, lost, question.record("morris", n=n, seed=seed), question)
