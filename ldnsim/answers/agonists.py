"""What a blockade leaves of a named agonist some time after the last dose: of its binding, and of its effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.near import meant
from ..base.reading import listed, number
from ..base.units import factor, hours, quantity
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..ledger.evidence import ledger, weakest
from ..models.agonism import agonist_held, transduced
from ..models.dosable import Model
from ..population.population import Population
from ..receptors import agonist_left as binding_left
from ..results.behind import evidence_of
from ..results.words import AGONIST
from ..study.options import Engine, part_of
from .after_dose import NOT_ADVICE, PEOPLE, asked, grid
from .crossing import Array, Question
from .parts import Part, parts_of, record_of, runs_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

AFTER = ("24 h", "48 h", "72 h", "7 days")
"""When after the last dose, where nothing is said."""

BINDING, EFFECT = "binding", "effect"

_ROW = re.compile(r"agonist ki (\w+)")
_FENTANYL = ("RP038", "RP039", "RP040")
"""Association, dissociation and exponent of fentanyl at mu."""

_BAND = (0.5, 0.05, 0.95)


@dataclass(frozen=True)
class Agonist:
    """An agonist at mu receptors, and how much of it there is.

    Attributes
    ----------
    name : str
        Its name.
    kd : float
        Level at which it holds half of the receptors [nM].
    level : float
        Its free level at the receptors [nM].
    exponent : float
        Of its binding, 1 where one molecule holds one receptor [1].
    tau : float or None
        Efficacy of the operational model, receptors over those needed for half the effect; None where only binding is
        asked [1].
    steepness : float
        Of the transduction there [1].
    basis : str
        Ledger rows behind `kd`, or the user.
    status : str
        Their evidence.
    """

    name: str
    kd: float
    level: float
    exponent: float
    tau: float | None
    steepness: float
    basis: str
    status: str

    def left(self, held: Array) -> dict[str, Array]:
        """What is left where the drug alone would hold a share of receptors, relative to no drug [1]."""
        level, kd = self.level**self.exponent, self.kd**self.exponent
        found = {BINDING: binding_left(held, level, kd)}
        if self.tau is not None:
            full = transduced(agonist_held(level, kd, 1.0), self.tau, 1.0, self.steepness)
            beside = agonist_held(level, kd, 1 / np.maximum(1 - held, np.finfo(float).tiny))
            found[EFFECT] = transduced(beside, self.tau, 1.0, self.steepness) / full
        return found

    def __str__(self) -> str:
        bound = f" to the power {self.exponent:g}" * (self.exponent != 1)
        works = "" if self.tau is None else f", tau {self.tau:g}, steepness {self.steepness:g}"
        return f"{self.name} at {self.level:g} nM (Kd {self.kd:.3g} nM{bound}, {self.basis}{works})"


def agonists() -> dict[str, tuple[float, float, str, str]]:
    """Agonists that the ledger has an affinity of, by name: Kd [nM], exponent of binding, rows, weakest evidence.

    Examples
    --------
    >>> agonists()["morphine"]
    (1.2, 1.0, 'RP109', 'read')
    """
    rows = ledger().parameters
    found = {
        match[1]: (float(row.value or 0.0) * factor(row.unit, "nM"), 1.0, row.id, row.status)
        for row in rows.values()
        if (match := _ROW.fullmatch(row.symbol))
    }
    on, off, power = (rows[name] for name in _FENTANYL)
    exponent = float(power.value or 1.0)
    kd = (float(off.value or 0.0) / float(on.value or 1.0)) ** (1 / exponent) * factor("pM", "nM")
    statuses = [row.status for row in (on, off, power)]
    return {**found, "fentanyl": (kd, exponent, f"{_FENTANYL[0]} to {_FENTANYL[-1]}", weakest(statuses))}


@dataclass(frozen=True, eq=False)
class AgonistLeft:
    """What a blockade leaves of an agonist after the last dose.

    Attributes
    ----------
    table : pandas.DataFrame
        A row an account, time and kind: account, hours after the last dose, of what (binding or effect), median over
        people, 5th and 95th percentile, relative to no drug [1], people, weakest evidence.
    agonist : Agonist or None
        The agonist; None for 25 mg of heroin, of which the model itself has the effect.
    runs : mapping of str to xarray.Dataset
        The people under each account.
    record : dict
        All that is needed to answer again.
    asked : str
        The question in words.
    last : float
        When the last dose was given [h].
    parts, question : list of Part, Question
        The same runs with who is in them, and what was read of them.
    """

    table: pd.DataFrame
    agonist: Agonist | None
    runs: Mapping[str, xr.Dataset]
    record: dict[str, Any]
    asked: str
    last: float
    parts: list[Part] = field(repr=False)
    question: Question = field(repr=False)

    def over_time(self, part: Part) -> tuple[Array, dict[str, Array]]:
        """Times after the last dose [h], and what is left for each person, shape (n_people, n_times) [1]."""
        time, values = Question(
            self.question.variable, self.question.labels, within=(self.last, float(part.data["time"].values[-1]))
        ).read(part.data)
        return time - self.last, _left(self.agonist, values)

    def plot(self) -> Any:
        """What is left over time after the last dose, the median person and 90 % of people under each account.

        Returns
        -------
        matplotlib.figure.Figure
            The picture.
        """
        from .pictures import agonist

        return agonist(self)

    def __str__(self) -> str:
        lines = [f"{self.asked}:"]
        wide = self.table["account"].str.len().max()
        for row in self.table.to_dict("records"):
            spread = f" ({_percent(row['5 %'])} to {_percent(row['95 %'])})" * bool(row["people"] > 1)
            left = f"{_percent(row['median'])}{spread} % of its {row['of']}"
            lines.append(f"  {row['account']:{wide}}  after {row['after']:g} h  {left}")
        spread = "Median (5th to 95th percentile of people). " * bool(self.table["people"].max() > 1)
        evidence = ", ".join(dict.fromkeys(self.table["weakest evidence"]))
        return "\n".join([*lines, f"{spread}Weakest evidence: {evidence}. {NOT_ADVICE}"])


def _percent(share: float) -> str:
    return f"{100 * share:.3g}"


def agonist_left(
    regimen: Regimen | str,
    agonist: str,
    concentration: float | str | None = None,
    *,
    kd: float | str | None = None,
    tau: float | None = None,
    steepness: float = 1.0,
    after: Sequence[float | str] = AFTER,
    accounts: Sequence[Assumptions | str] | Mapping[str, Assumptions | str] | None = None,
    exposures: Sequence[str] | bool = False,
    population: Population | int = PEOPLE,
    model: Model | Mapping[str, Model] | None = None,
    parameters: Mapping[str, object] | None = None,
    start: str = "untreated",
    engine: Engine = "auto",
    progress: Callable[[float], None] | None = None,
) -> AgonistLeft:
    """What is left of an agonist's binding and effect some time after the last dose, under each account side by side.

    Binding competes at equilibrium (Gaddum): what is left of it grows with the agonist's own level. Of a full agonist
    with receptors to spare more is left of the effect than of the binding; with `tau` the operational model of Black
    and Leff says how much. ``"heroin 25 mg"`` is what the model's own functional block is about, which was fitted to
    people, and takes nothing else. For research and teaching, not medical advice.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; a text without an end goes on for 28 days.
    agonist : str
        Its name. Of those in `ldnsim.answers.agonists` the ledger has an affinity.
    concentration : float or str, optional
        Its free level at the receptors [nM].
    kd : float or str, optional
        Its dissociation constant at mu [nM], where the ledger has none or another one is wanted.
    tau : float, optional
        Its efficacy in the operational model: receptors over those needed for half the effect [1].
    steepness : float
        Of the transduction there [1].
    after : sequence of float or str
        When after the last dose [h].
    accounts, exposures, population, model, parameters, start, engine, progress
        As for `ldnsim.washout`; a model needs the variable ``occupancy``.

    Returns
    -------
    AgonistLeft
        A table and a picture.

    Raises
    ------
    InputError
        If an argument cannot be used, or neither the ledger nor the user says an affinity.

    Examples
    --------
    >>> import ldnsim as ldn
    >>> found = ldn.agonist_left(
    ...     "4.5 mg", "morphine", 20, after=[4, 24], population=1, accounts="popular", engine="batch"
    ... )
    >>> bool(found.table["median"][0] < found.table["median"][1])
    True
    """
    wanted = [hours(one, "after") for one in listed(after, "after", "times such as ['24 h', '3 days']")]
    if not wanted or max(wanted) <= 0:
        raise InputError("after", after, "at least one time after the last dose")
    chosen = _agonist(agonist, concentration, kd, tau, steepness)
    question = Question("functional_block") if chosen is None else Question("occupancy", {"receptor": "mor"})
    one = asked(regimen, accounts, exposures, population, model, parameters=parameters, start=start, engine=engine)
    try:
        one.unit(question.variable, question.labels)
    except InputError as error:
        if model is None:
            raise
        raise InputError(
            "model", getattr(model, "name", model), f"one with {question.variable}, which an agonist meets"
        ) from error
    times = np.union1d(grid(max(wanted)), [time for time in wanted if time > 0])
    runs: dict[str, Any] = {}
    for done, account in enumerate(one.accounts):
        runs[account] = one.run(account, times, question.variable)
        report: Any = part_of(progress, done + 1, len(one.accounts))
        if report is not None:
            report(0.0)
    parts = parts_of(runs, question.variable)
    name = AGONIST if chosen is None else str(chosen)
    record = record_of(parts, question, answer="agonist_left", agonist=name, after=wanted, **one.record())
    return AgonistLeft(
        _table(parts, question, chosen, wanted, one.last), chosen, runs_of(parts), record,
        f"{one.regimen}: what is left of {name} after the last dose", one.last, parts, question,
    )  # fmt: skip


def _agonist(name: object, level: object, kd: object, tau: object, steepness: object) -> Agonist | None:
    """The agonist, checked; None for the one of the model's functional block."""
    known = agonists()
    if not isinstance(name, str) or not name.strip():
        raise InputError("agonist", name, f"a name, such as {AGONIST!r} or one of {', '.join(known)}")
    if name == AGONIST:
        for argument, value in {"concentration": level, "kd": kd, "tau": tau}.items():
            if value is not None:
                raise InputError(argument, value, f"to be left out for {AGONIST}, whose effect the model itself has")
        return None
    if level is None:
        raise InputError("concentration", None, f"the free level of {name} at the receptors [nM]")
    exponent, basis, status = 1.0, "stated by the user", "assumed"
    if kd is None:
        if name not in known:
            expected = (
                f"its dissociation constant [nM], because the ledger has none of {name}; it has {', '.join(known)}"
                f"{meant(name, known)}"
            )
            raise InputError("kd", None, expected)
        kd, exponent, basis, status = known[name]
    found = {
        argument: quantity(value, unit, argument, low=0.0)
        for argument, value, unit in (
            ("kd", kd, "nM"), ("concentration", level, "nM"), ("steepness", steepness, "1"),
            *([] if tau is None else [("tau", tau, "1")]),
        )
    }  # fmt: skip
    for argument, value in found.items():
        if number(value, argument) == 0:
            raise InputError(argument, value, "a number above 0")
    return Agonist(
        name, found["kd"], found["concentration"], exponent, found.get("tau"), found["steepness"], basis, status
    )


def _left(chosen: Agonist | None, values: Array) -> dict[str, Array]:
    return {EFFECT: 1 - values} if chosen is None else chosen.left(values)


def _table(parts: Sequence[Part], question: Question, chosen: Agonist | None, after: list[float], last: float) -> Any:
    import pandas as pd

    rows = []
    for part in parts:
        firm = evidence_of(part.data, question.variable, **question.labels).weakest
        time, values = question.read(part.data)
        # of two samples at a dose the one after it
        there = np.searchsorted(time, [last + one for one in after], "right") - 1
        for of, left in _left(chosen, values[:, there]).items():
            for place, hour in enumerate(after):
                spread = dict(zip(("median", "5 %", "95 %"), np.quantile(left[:, place], _BAND), strict=True))
                status = firm if chosen is None else weakest([firm, chosen.status])
                rows.append(
                    {"account": part.name, "after": hour, "of": of, **spread, "people": len(part.who),
                     "weakest evidence": status}
                )  # fmt: skip
    table = pd.DataFrame(rows)
    table.attrs["units"] = {"after": "h"} | dict.fromkeys(("median", "5 %", "95 %"), "1")
    return table
