"""Where accounts differ most against what can be measured, and how many people a study needs to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.bounds import one_of
from ..base.errors import InputError
from ..base.reading import choice, listed
from ..dosing.phases import mass_of
from ..dosing.regimen import Regimen
from ..dosing.sampling import time_text
from ..engines.leg import Array
from ..ledger.assumptions import Assumptions
from ..ledger.evidence import weakest
from ..ledger.parameters import resolve
from ..models.naltrexone import naltrexone
from ..plots.discriminated import Row, standardised
from ..population.population import Population
from ..results.behind import Shown, evidence_of
from ..results.over_time import curves, finished
from ..results.words import heading
from ..simulation import simulate
from ..study.options import Engine, part_of
from ..study.processes import columns_of
from .assays import Assay, Spread, assays
from .power import people_needed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

DESIGNS = ("two groups", "paired")
"""How people are compared: some with others, or each with themselves."""

_TOLD = 8
"""Rows of the table that a text shows."""


@dataclass(frozen=True, eq=False)
class Discrimination:
    """Where accounts differ most, best first.

    Attributes
    ----------
    table : pandas.DataFrame
        A row for each output, dose and pair of accounts, at the time when these two differ most: between (the pair),
        output, dose, time [h], when, a column with the value under each account, unit, difference, error (of one
        measurement) and people (spread between them), both in the unit of the output, standardised difference [1],
        ``n per group`` or ``n pairs`` (infinity where a million are not enough), stated (what error and spread are
        from), weakest evidence of the output under both accounts, and of error and spread.
    over_time : tuple of Row
        The standardised difference of each row at every time.
    data : mapping of str to xarray.Dataset
        A result under each account, of the first dose.
    design : str
        ``two groups`` or ``paired``.
    power, alpha : float
        Of the test [1].
    regimen : str
        What was given.
    """

    table: pd.DataFrame
    over_time: tuple[Row, ...]
    data: Mapping[str, xr.Dataset]
    design: str
    power: float
    alpha: float
    regimen: str

    def plot(self) -> Any:
        """Standardised difference over time for each output, dose and pair, see `ldnsim.plots.discriminated`.

        Returns
        -------
        matplotlib.figure.Figure
            The map, best first.
        """
        needed = f"n: {self._needed}; {self._test}."
        stated = f"Error and spread: {'; '.join(dict.fromkeys(self.table['output'] + ' ' + self.table['stated']))}."
        return standardised(self.over_time, self.data, self.regimen, [needed, stated])

    @property
    def _needed(self) -> str:
        return "people in each of two groups" if self.design == DESIGNS[0] else "people who are measured twice"

    @property
    def _test(self) -> str:
        return f"t-test, two-sided {100 * self.alpha:g} %, power {100 * self.power:g} %"

    def __str__(self) -> str:
        n, best = self.table.columns[self.table.columns.str.startswith("n p")][0], self.table.iloc[0]
        lines = [f"{self.regimen}; {best['between']}." if self.table["between"].nunique() == 1 else f"{self.regimen}."]
        found = self.table[np.isfinite(self.table[n])]
        if len(found):
            several = ["between"] * (self.table["between"].nunique() > 1)
            told = [*several, "output", "dose", "when", "difference", "standardised difference", n]
            unit = f" {best['unit']}" * (best["unit"] != "1")
            values = ", ".join(f"{name} {best[name]:.3g}{unit}" for name in best["between"].split(" against "))
            lines += [
                f"They differ most in {best['output']} after {best['dose']} at {best['when']} ({best['time']:g} h): "
                f"{values}; a difference of {best['difference']:.3g}{unit}, {best['standardised difference']:.3g} "
                f"standard deviations of one measurement (error {best['error']:.2g}, people {best['people']:.2g}; "
                f"{best['stated']}).",
                f"A study of it needs {best[n]:,.0f} {self._needed} ({self._test}).",
                "",
                found[told].head(_TOLD).to_string(index=False, float_format=lambda value: f"{value:.3g}"),
                "",
            ]
        left = [name for name in dict.fromkeys(self.table["output"]) if name not in set(found["output"])]
        if left:
            lines.append(f"Nothing that could be measured tells them apart in {', '.join(left)}.")
        basis = weakest([*self.table["weakest evidence"], *self.table["weakest evidence of error and spread"]])
        lines.append(f"Weakest evidence behind outputs, errors and spread: {basis}.")
        return "\n".join(lines)


class _Seen(NamedTuple):
    """What one account says of an output: its mean, and the spread between people where these were simulated."""

    value: Array
    spread: Array | None


def discriminate(
    accounts: Sequence[Assumptions | str] | Mapping[str, Assumptions | str],
    regimen: Regimen | str,
    *,
    doses: Sequence[float | str] = (),
    outputs: Sequence[str] | None = None,
    errors: Mapping[str, float | str] | None = None,
    spread: Mapping[str, float | str] | None = None,
    population: Population | None = None,
    design: str = "two groups",
    power: float = 0.8,
    alpha: float = 0.05,
    until: float | str | None = None,
    step: float | str | None = None,
    parameters: Mapping[str, object] | None = None,
    covariates: Mapping[str, object] | None = None,
    engine: Engine = "auto",
    progress: Callable[[float], None] | None = None,
) -> Discrimination:
    """Find the output, time and dose at which accounts of naltrexone differ most against what can be measured.

    The standardised difference is that of two accounts over the standard deviation of one measurement in one person:
    the error of the assay and the spread between people. A study of ``two groups`` needs as many people as a t-test
    does whose groups differ so; where one account says what untreated people have, this is a trial against placebo.
    ``paired``, each person is measured twice, with and without what makes the difference: the error counts twice, and
    what people differ in at all times cancels; how they differ in what a drug does does not, and counts where a
    population is given.

    Parameters
    ----------
    accounts : sequence of Assumptions or str, or mapping of str to these
        At least two, by names of their own where a mapping gives them.
    regimen : Regimen or str
        What is given.
    doses : sequence of float or str, optional
        Doses that are tried in its place [mg]; all doses of the regimen are then alike.
    outputs : sequence of str, optional
        What is measured: columns of `Simulation.to_frame`; by default all that an error is stated of.
    errors, spread : mapping of str to float or str, optional
        Error of one measurement, and spread between people, by output: a standard deviation in the unit of the
        output, or ``"15 %"`` of its value. By default those of the ledger (``LD001`` and following).
    population : Population, optional
        People who are simulated for the spread between them, in place of a stated one; values are then means.
    design : {"two groups", "paired"}
        Whom the study compares.
    power, alpha : float
        Of its two-sided test [1].
    until, step, parameters, covariates, engine
        As in `simulate`.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Discrimination
        A table, best first, a map over time, and a few sentences.

    Raises
    ------
    InputError
        If there are fewer than two accounts, an output is unknown or no error of it is stated, or doses do not suit
        the regimen.

    Examples
    --------
    >>> found = discriminate(["popular", "measured"], "4.5 mg", outputs=["occupancy_mor"], until=24, step=1)
    >>> bool(found.table["n per group"].iloc[0] < 20)
    True
    """
    chosen = _accounts(accounts)
    choice("design", design, DESIGNS)
    paired = design == DESIGNS[1]
    people_needed(1.0, power=power, alpha=alpha)
    if population is not None and not isinstance(population, Population):
        raise InputError("population", population, "a Population, such as Population(100, seed=1)")
    given = _regimens(regimen, doses)
    model = naltrexone(resolve(next(iter(chosen.values()))), next(iter(given.values())).clock)
    columns = columns_of(model)
    units = {name: model.terms[part].unit for name, (_, part) in columns.items()}
    known = assays(units, errors, spread)
    wanted = list(known) if outputs is None else listed(outputs, "outputs", "a sequence of columns")
    for output in wanted:
        if choice("outputs", output, columns) not in known or not known[output].error.basis:
            raise InputError("outputs", output, f"one with an error: {', '.join(known)}; errors= states others")
    if not wanted:
        raise InputError("outputs", outputs, f"at least one of {', '.join(known)}")
    shown = {output: columns[output][0] for output in wanted}
    settings: dict[str, Any] = {
        "population": population, "until": until, "step": step, "parameters": parameters, "covariates": covariates,
        "engine": engine,
    }  # fmt: skip
    if population is not None:
        settings["outputs"] = list(dict.fromkeys(one.name for one in shown.values()))
    runs = {}
    pairs = [(dose, name) for dose in given for name in chosen]
    for done, (dose, name) in enumerate(pairs):
        part: Any = part_of(progress, done, len(pairs))
        with one_of(len(pairs), kept=False):
            settings["progress"] = False if part is None else part
            runs[dose, name] = simulate(given[dose], assumptions=chosen[name], **settings).data
    first = next(iter(given))
    rows = []
    for one, other in combinations(chosen, 2):
        for output in wanted:
            for dose in given:
                here = {name: runs[dose, name] for name in chosen}
                rows.append(_row(here, one, other, output, shown[output], known[output], dose, paired=paired))
    return _found(rows, {name: runs[first, name] for name in chosen}, units, design, power, alpha, _in_words(given))


def _in_words(given: Mapping[str, Regimen]) -> str:
    """What is given, with all doses that were tried."""
    first = str(next(iter(given.values())))
    return first if len(given) == 1 else f"{first}; doses of {', '.join(given)}"


def _accounts(given: Any) -> dict[str, Assumptions]:
    """Accounts by name; one that stands there twice is numbered."""
    expected = "at least two accounts, such as ['popular', 'measured'], or a mapping from names to them"
    if isinstance(given, Mapping):
        found = {str(name): Assumptions.of(one) for name, one in given.items()}
    else:
        found = {}
        for one in map(Assumptions.of, listed(given, "accounts", expected)):
            again = sum(name.partition(" (")[0] == one.name for name in found)
            found[f"{one.name} ({again + 1})" if again else one.name] = one
    if len(found) < 2:
        raise InputError("accounts", given, expected)
    return found


def _regimens(regimen: Any, doses: Any) -> dict[str, Regimen]:
    """What is given, by the dose in words."""
    plan = Regimen.parse(regimen) if isinstance(regimen, str) else regimen
    if not isinstance(plan, Regimen):
        raise InputError("regimen", regimen, "a Regimen, or a text such as '4.5 mg at 22:00 daily for 14 days'")
    alike = len({(phase.mg, phase.salt) for phase in plan.phases}) == 1
    levels = [mass_of(dose, "doses") for dose in listed(doses, "doses", "a sequence of doses")]
    if not levels:
        return {f"{plan.phases[0].mg:g} mg" if alike else "the regimen": plan}
    if not alike:
        raise InputError("doses", doses, "to be left out where the doses of the regimen are not all alike")
    if len(set(levels)) < len(levels):
        raise InputError("doses", doses, "each dose once")
    return {
        f"{mg:g} mg": Regimen.from_phases(
            [replace(phase, mg=mg) for phase in plan.phases], plan.clock,
            deviations=plan.deviations, rest=plan.rest, date=plan.date,
        )
        for mg in levels
    }  # fmt: skip


def _seen(data: xr.Dataset, shown: Shown, assay: Assay) -> _Seen:
    """An output over time, nothing below what is measured."""
    several = "person" in data.dims
    values = np.maximum(curves(finished(data)[0], shown.name, **shown.labels), assay.loq)
    return _Seen(values.mean(axis=0), values.std(axis=0, ddof=1) if several and len(values) > 1 else None)


def _row(
    data: Mapping[str, xr.Dataset], one: str, other: str, output: str, shown: Shown, assay: Assay, dose: str, *,
    paired: bool,
) -> tuple[dict[str, Any], Row]:  # fmt: skip
    """Where two accounts differ most in an output, and how much at every time."""
    seen = {name: _seen(found, shown, assay) for name, found in data.items()}
    left, right = seen[one], seen[other]
    error = assay.error.of(left.value, right.value)
    people, stated = assay.people.of(left.value, right.value), assay.people
    if left.spread is not None and right.spread is not None:
        people, stated = Spread().of(left.value), Spread(basis="people simulated", status="assumed")
        people = np.sqrt((left.spread**2 + right.spread**2) / 2)
        variance = 2 * error**2 + people**2 if paired else error**2 + people**2
    else:
        variance = 2 * error**2 if paired else error**2 + people**2
    difference = np.abs(left.value - right.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = np.where(difference > 0, difference / np.sqrt(variance), 0.0)
    best = int(over.argmax())
    first = data[one]
    time, clock = first["time"].values, float(first.attrs["clock_start"])
    behind = [evidence_of(data[name], shown.name, **shown.labels).weakest for name in (one, other)]
    between = f"{one} against {other}"
    told = {
        "between": between,
        "output": output,
        "dose": dose,
        "time": float(time[best]),
        "when": time_text(float(time[best]), clock),
        **{name: float(found.value[best]) for name, found in seen.items()},
        "difference": float(difference[best]),
        "error": float(error[best]),
        "people": float(people[best]),
        "standardised difference": float(over[best]),
        "stated": "; ".join(filter(None, (assay.error.basis, stated.basis))) if stated.basis else
        f"{assay.error.basis}; no spread between people is stated",
        "weakest evidence": weakest(behind),
        "weakest evidence of error and spread": weakest([assay.error.status, *[stated.status] * bool(stated.basis)]),
    }  # fmt: skip
    names = f"{heading(shown.name, shown.labels)}, {dose}"
    return told, Row(names, between, shown, time, over)


def _found(
    rows: Sequence[tuple[dict[str, Any], Row]], data: Mapping[str, xr.Dataset], units: Mapping[str, str], design: str,
    power: float, alpha: float, regimen: str,
) -> Discrimination:  # fmt: skip
    """Rows in order, with the people that each needs."""
    import pandas as pd

    n = "n per group" if design == DESIGNS[0] else "n pairs"
    order = sorted(range(len(rows)), key=lambda place: -rows[place][0]["standardised difference"])
    told = []
    for place in order:
        row = rows[place][0]
        needed = people_needed(row["standardised difference"], power=power, alpha=alpha, paired=design == DESIGNS[1])
        told.append({**row, n: needed, "unit": units[row["output"]]})
    head = ["between", "output", "dose", "time", "when", *data, "unit", "difference", "error", "people"]
    table = pd.DataFrame(told)[
        [*head, "standardised difference", n, "stated", "weakest evidence", "weakest evidence of error and spread"]
    ]
    maps = tuple(rows[place][1]._replace(needed=told[k][n]) for k, place in enumerate(order))
    return Discrimination(table, maps, data, design, power, alpha, regimen)
