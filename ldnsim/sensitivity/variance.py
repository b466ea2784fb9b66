"""Shares of variance after Sobol: how much of what an output varies by comes from each parameter, and together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import whole_number
from ..dosing.regimen import Regimen
from ..population.spans import Array
from ..study.options import OfEnsemble
from .asking import Progress, Question, Wanted, ask
from .designs import (
    CONFIDENCE,
    RESAMPLES,
    check_size,
    flat,
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

CONSTANT = "the output does not vary over these ranges"

_LEAST = 16
_INDICES = ("S1", "S1_conf", "ST", "ST_conf")


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Which share of the variance of outputs comes from each parameter.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each output and what is moved, the one that matters most first: output, parameter; ``S1``, the share
        of the variance that it makes alone [1], ``ST``, the share in which it takes part [1], and half their 95 %
        intervals ``S1_conf`` and ``ST_conf`` by bootstrap; ``why`` they are missing; ``output unit``; ``low``,
        ``high``, ``typical``, ``unit``, ``shape``, meaning, row, status and source.
    convergence : pandas.DataFrame
        The same indices from the first eighth, quarter and half of the design, and all of it: output, parameter, ``n``
        and how many blocks were ``used``.
    runs : pandas.DataFrame
        Every run: what was moved, outputs, status and reason; blocks one after the other.
    lost : tuple of str
        Which blocks were left out, and why.
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
        """First and total indices with their intervals, and how they settle, for each output; a matplotlib figure."""
        from .pictures import indices

        return indices(self)

    def __str__(self) -> str:
        from .telling import of_indices

        return of_indices(self)


def sobol(
    regimen: Regimen | str,
    wanted: Wanted,
    over: Over | None = None,
    *,
    n: int = 256,
    seed: int = 1,
    progress: Progress = None,
    **settings: Unpack[OfEnsemble],
) -> SobolIndices:
    """Shares of the variance of outputs over the ranges of parameters, after Sobol and Saltelli (SALib).

    The design takes `n` blocks of two runs more than there are parameters. Parameters are drawn independently over
    their ranges; a log-normal spread is meant whole. A block of which a run fails, or has no value of an output, is
    left out for that output with a warning.

    Parameters
    ----------
    regimen, wanted, over
        As for `morris`.
    n : int
        How many blocks: a power of 2 from 16 on.
    seed : int
        Behind the design and the bootstrap.
    progress : callable, optional
        Called with the fraction done.
    **settings
        As for `Ensemble`: model, assumptions, parameters, covariates, start, until, step, engine and others.

    Returns
    -------
    SobolIndices
        Table, convergence and picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or more than a fifth of the blocks would be left out.
    MissingExtra
        If SALib is not installed.
    SolverError
        If no run finished.

    References
    ----------
    Saltelli et al., Comput Phys Commun 181:259 (2010).

    Examples
    --------
    A product of two that vary as much over their size shares its variance evenly:

    >>> import ldnsim as ldn
    >>> drug = ldn.models.one_compartment(CL=3, V=20)
    >>> first = {"first": lambda data: data["C_central"].max("time")}
    >>> ranges = {"V": (19, 21), "mg": (95, 105)}
    >>> found = ldn.sobol("100 mg iv", first, ranges, n=64, model=drug, until=1, step=1)
    >>> found.table["ST"].round(1).tolist()
    [0.5, 0.5]
    """
    salib()
    from SALib.analyze.sobol import analyze
    from SALib.sample.sobol import sample

    n = whole_number(n, "n", low=_LEAST)
    if n & (n - 1):
        raise InputError("n", n, f"a power of 2, such as {1 << (n.bit_length() - 1)} or {1 << n.bit_length()}")
    first, second = seeds(seed)
    question = ask(regimen, wanted, over, settings, ranged=True)
    block = len(question.factors) + 2
    check_size(n, block)
    problem = problem_of(question)
    shares: Array = sample(problem, n, calc_second_order=False, seed=first)
    runs = run_all(question, shares, progress, whole=True)
    rows = []
    for output in question.outputs:
        kept = whole_blocks(runs, output, block)
        values = runs[output].to_numpy(dtype=float).reshape(-1, block)
        for size, used in growing(kept, _LEAST):
            numbers = dict.fromkeys(_INDICES, np.full(block - 2, np.nan))
            # what variance there is, is that of the first and the last run of a block
            constant = flat(values[used][:, [0, -1]])
            if not constant:
                # the bootstrap is drawn from one block for all parameters, so that their intervals go together
                numbers = analyze(
                    problem, values[used].ravel(), calc_second_order=False, num_resamples=RESAMPLES,
                    conf_level=CONFIDENCE, seed=second,
                )  # fmt: skip
            for place, one in enumerate(question.factors):
                found = {name: float(numbers[name][place]) for name in _INDICES} | {"why": CONSTANT * constant}
                rows.append({"output": output, "parameter": one.name, "n": size, "used": len(used), **found})
    lost = tuple(lost_in_words(question, runs, block))
    for said in lost:
        warnings.warn(said, LdnsimWarning, stacklevel=2)
    table, convergence = tables(question, rows, n, "ST")
    return SobolIndices(table, convergence, runs, lost, question.record("sobol", n=n, seed=seed), question)
