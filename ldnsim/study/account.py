"""Whom a run is about: a model with parameters under assumptions, and what else is said of it in its results."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import hours
from ..dosing.phases import Dose
from ..dosing.regimen import Regimen
from ..engines.events import Jump
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import CELLS, CONDITIONS, ParameterSet, later_entries
from ..model import Parameters
from ..models.dosable import BY_HAND, Model
from ..models.naltrexone import naltrexone
from ..models.system import System
from ..population.covariates import Covariate, apply, in_words
from ..population.variation import Variation
from ..results import blockade
from ..results.views import dose_attributes
from .idle import Watched

if TYPE_CHECKING:
    import xarray as xr


_SECONDS_PER_HOUR = 3600

STARTS = ("untreated", "steady-state")
"""In which state a run begins."""

ENDOTOXIN = "tlr4.lps1"
"""State that a challenge with endotoxin enters."""

MAX_PEAK = 1e6
"""Highest drive of a challenge, so that a slip is refused instead of overflowing [1]."""


@dataclass(frozen=True)
class Endotoxin:
    """A challenge with endotoxin (LPS), as in studies of human endotoxaemia.

    Attributes
    ----------
    time : float
        When it is given [h].
    peak : float
        Highest drive that it adds to the untreated drive of 1 [1].
    """

    time: float
    peak: float

    def plain(self) -> dict[str, float]:
        """Both in plain numbers; raises `InputError` if one of them cannot be used."""
        return {
            "time": hours(self.time, "endotoxin.time"),
            "peak": number(self.peak, "endotoxin.peak", low=0.0, high=MAX_PEAK),
        }


@cache
def versions() -> Mapping[str, str]:
    """What a run was made with, which does not change while it runs and takes long to look up."""
    installed = {name: version(name) for name in ("numpy", "scipy", "xarray")}
    return {"ldnsim": version("ldnsim"), "python": platform.python_version(), **installed}


@dataclass(frozen=True)
class Account:
    """Whom a run is about, under which assumptions.

    Attributes
    ----------
    assumptions : Assumptions
        Under which account.
    parameters : ParameterSet
        With which values.
    condition, cell : str
        Whose starting levels, which TLR4-bearing cells.
    covariates : tuple of Covariate
        What is known of the person, which the parameters already reflect.
    own : Model, optional
        Another model than that of naltrexone, which has no assumptions of the ledger.
    known : mapping of str to float, optional
        Covariates of the person whose parameters those of the other model are.
    """

    assumptions: Assumptions | None
    parameters: ParameterSet
    condition: str
    cell: str
    covariates: tuple[Covariate, ...] = ()
    own: Model | None = None
    known: Mapping[str, float] | None = None

    @property
    def _axes(self) -> Assumptions:
        assert self.assumptions is not None, "the naltrexone model has assumptions"
        return self.assumptions

    @property
    def asked(self) -> tuple[str, ...]:
        """Covariates that functions of another model ask for, of those that are known."""
        seen: set[str] = set()
        if self.own is not None:
            self.own.typical(Watched(self.known or {}, seen))
        return tuple(sorted(seen))

    @property
    def changed(self) -> list[str]:
        """Parameters that are not those of the ledger, or of the user's own model."""
        if self.own is not None:
            typical, _ = self.own.typical(self.known or {})
            return [name for name, entry in self.parameters.items() if entry != typical[name]]
        return [name for name, entry in self.parameters.items() if not entry.row and name != "dose.f_dextro"]

    @property
    def spread(self) -> tuple[Variation, ...]:
        """Spread between people where a population names none; that of naltrexone is a population's own."""
        return () if self.own is None else self.own.spread

    @property
    def name(self) -> str:
        """Assumptions, condition and cell that are not the usual ones, covariates and changed parameters, in words."""
        changed = self.changed
        said = {"condition": (self.condition, CONDITIONS), "cell": (self.cell, CELLS)}
        further = [f"{what} {one}" for what, (one, every) in said.items() if one != every[0]]
        further += [in_words(self.covariates)] if self.covariates else []
        further += [f"changed {', '.join(changed)}"] if changed else []
        if self.own is None:
            what = self._axes.name
        else:
            what = f"{self.own.name} {self.own.account}" if self.own.account else f"{self.own.name}, {BY_HAND}"
        return what + (f" with {' and '.join(further)}" if further else "")

    def attributes(self) -> dict[str, Any]:
        """What a dataset says of it."""
        held = blockade.attributes(self.parameters)
        if self.own is not None:
            if self.own.axes:
                chosen = ", ".join(f"{axis} {choice}" for axis, choice in self.own.axes.items())
                return {"assumptions": self.name, "assumptions_in_full": chosen, "drug": self.own.name, **held}
            every = [(name, self.parameters[name]) for name in self.parameters.rules.known]
            values = (f"{name} {entry.value:g} {entry.unit}".removesuffix(" 1") for name, entry in every)
            return {"assumptions": self.name, "assumptions_in_full": ", ".join(values), **held}
        return {
            "assumptions": self.name,
            "assumptions_in_full": ", ".join(f"{axis} {choice}" for axis, choice in asdict(self._axes).items()),
            "condition": self.condition,
            "cell": self.cell,
            **held,
        }

    def record(self) -> dict[str, Any]:
        """What is needed to repeat a run, beside what was given and asked."""
        known = dict(self.known or {})
        own: dict[str, Any] = {}
        if self.own is not None:
            own = {"model": self.own.name, "known": known, "structure": fingerprint(self.own, known)}
        return {
            "assumptions": None if self.assumptions is None else asdict(self.assumptions),
            **own,
            "parameters": self.parameters.to_dict(),
            "covariates": {one.name: one.to_dict() for one in self.covariates},
            "versions": dict(versions()),
        }

    def model(self, clock: float) -> Model:
        """The model, by the clock of a regimen.

        Parameters
        ----------
        clock : float
            Hour of the day at time 0 [h].
        """
        if self.own is None:
            return naltrexone(self.parameters, clock)
        return replace(self.own, daily=self.own.daily._replace(start=clock))

    @property
    def declared(self) -> type[Any]:
        """The ``NamedTuple`` of those parameters that the equations take."""
        return Parameters if self.own is None else self.own.typical(self.known or {})[1]

    def effects(
        self, given: Mapping[str, Any], typical: Mapping[str, Any], odd: dict[int, str] | None = None
    ) -> dict[str, Any]:
        """Parameters that covariates of some people change, see `ldnsim.population.covariates.apply`.

        Parameters
        ----------
        given : mapping of str to array_like, shape (n_people,)
            Covariates by name.
        typical : mapping of str to float or ndarray
            Parameters by name.
        odd : dict of int to str, optional
            Takes positions of people whose covariates are impossible, and why; their parameters are nan. Without it
            they raise `InputError`.
        """
        if self.own is None:
            return apply(given, typical)
        if not given:
            return {}
        rows = list(zip(*(np.asarray(values, dtype=float).tolist() for values in given.values()), strict=True))
        beside = dict(self.known or {})
        made: dict[tuple[float, ...], Mapping[str, float]] = {}
        why: dict[tuple[float, ...], str] = {}
        for one in dict.fromkeys(rows):
            try:
                made[one] = self.own.typical(beside | dict(zip(given, one, strict=True)))[0].values_by_name()
            except InputError as error:
                if odd is None:
                    raise
                made[one], why[one] = dict.fromkeys(self.parameters, math.nan), str(error)
        if odd is not None:
            odd |= {place: why[one] for place, one in enumerate(rows) if one in why}
        fixed = set(self.changed)
        found = {name: np.array([made[one][name] for one in rows]) for name in self.parameters}
        # what is known of each person goes over a function of covariates
        own = {name for name, value in typical.items() if isinstance(value, np.ndarray)}
        return {name: values for name, values in found.items() if name not in fixed | own}


def fingerprint(model: Model, known: Mapping[str, float]) -> str:
    """What tells a model from others of its name: equations, compartments, what functions give near covariates."""

    def plain(value: Any) -> Any:
        return "function" if callable(value) else value

    near = [{name: value * factor for name, value in known.items()} for factor in (1.0, 1.1)]
    parts = []
    for one in model.compartments:
        inlets = [tuple(map(float, inlet)) for inlet in one.inlets]
        parts.append((one.name, one.states, inlets, plain(one.rate), plain(one.duration)))
    # what counts as blocked came later, and stands in the record itself
    values = [model.typical(one)[0].values_by_name() for one in near] if known else []
    numbers = [sorted((name, one[name]) for name in one if name not in later_entries()) for one in values]
    rates = model.system.rates
    # records were written before equations of a drug had a module of their own
    module = getattr(rates, "__module__", "").removesuffix("_equations")
    named = (module, getattr(rates, "__qualname__", ""), model.system.names)
    amounts = [float(model.amount(one.name, {})) for one in model.compartments]
    text = repr((model.name, named, parts, numbers, amounts, model.account))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def dated(data: xr.Dataset, regimen: Regimen) -> xr.Dataset:
    """The data with the calendar beside the time."""
    since = np.round(data["time"].values * _SECONDS_PER_HOUR).astype("timedelta64[s]")
    dates = np.datetime64(regimen.moment(), "s") + since
    return data.assign_coords(date=("time", dates.astype("datetime64[ns]"), {"long_name": "Date and clock time"}))


def described_doses(regimen: Regimen, doses: Sequence[Dose], taken: Sequence[float] | None = None) -> dict[str, Any]:
    """What pictures and summaries show of the doses; one that was decided away counts as missed."""
    amounts = [dose.mg for dose in doses] if taken is None else taken
    given = [(dose, mg) for dose, mg in zip(doses, amounts, strict=True) if mg > 0 or not dose.mg]
    refused = [dose.time for dose, mg in zip(doses, amounts, strict=True) if dose.mg and not mg]
    missed = [dose.time for dose in regimen.diary() if dose.what == "missed"]
    return dose_attributes(
        [dose.time for dose, _ in given],
        [mg for _, mg in given],
        [dose.over for dose, _ in given],
        planned=[dose.time if dose.planned is None else dose.planned for dose, _ in given],
        missed=sorted(missed + refused),
        courses=regimen.courses(),
    )


def endotoxin_jump(system: System, time: float, peak: float) -> Jump:
    """A challenge scaled so that the last of equal steps peaks at the wanted drive; raises `InputError`."""
    steps = [name for name in system.names if name.startswith("tlr4.lps")]
    if not steps:
        raise InputError("endotoxin", peak, "to be left out for a model without the cascade that it drives")
    later = len(steps) - 1
    share_at_peak = later**later * math.exp(-later) / math.factorial(later)
    return Jump(time, system.index(ENDOTOXIN), peak / share_at_peak)
