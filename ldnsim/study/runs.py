"""One run of the naltrexone model: from doses to a labelled dataset with all that is needed to repeat it."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.bounds import Cure, Size, acting, refuse_hopeless, rounded_up
from ..base.units import hours, number
from ..dosing.phases import Dose
from ..dosing.regimen import Regimen
from ..dosing.sampling import regular, regular_count
from ..engines.choice import Chosen, solver_for
from ..engines.course import walk
from ..engines.events import Decide, Event, Jump
from ..engines.leg import CAUTIOUS, OK
from ..engines.parameter_sets import ParameterSets
from ..engines.protocol import Protocol, due, marks_of, sides
from ..ledger.parameters import Assumptions, ParameterSet
from ..model import Parameters
from ..models.dosable import Model
from ..models.naltrexone import ROUTES, naltrexone
from ..models.system import NALTREXONE
from ..population.covariates import Covariate, in_words
from ..results.dataset import PLASMA, VARIABLES, Trajectory, columns_of, dataset
from ..results.provenance import traced_dose
from ..results.views import dose_attributes
from .intakes import Decide as Deciding
from .intakes import deciding, dose_events, intake_of, steady_start

if TYPE_CHECKING:
    import xarray as xr


_SECONDS_PER_HOUR = 3600
_NUMBER = 8

STARTS = ("untreated", "steady-state")
"""In which state a run of one person begins."""

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
def _versions() -> Mapping[str, str]:
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
    """

    assumptions: Assumptions
    parameters: ParameterSet
    condition: str
    cell: str
    covariates: tuple[Covariate, ...] = ()

    @property
    def changed(self) -> list[str]:
        """Parameters that are not those of the ledger."""
        return [name for name, entry in self.parameters.items() if not entry.row and name != "dose.f_dextro"]

    @property
    def name(self) -> str:
        """Assumptions, covariates and changed parameters in words."""
        changed = self.changed
        further = [in_words(self.covariates)] if self.covariates else []
        further += [f"changed {', '.join(changed)}"] if changed else []
        return self.assumptions.name + (f" with {' and '.join(further)}" if further else "")

    def attributes(self) -> dict[str, Any]:
        """What a dataset says of it."""
        named = asdict(self.assumptions)
        if (self.condition, self.cell) != ("healthy", "microglia"):
            named |= {"condition": self.condition, "cell": self.cell}
        return {
            "assumptions": self.name,
            "assumptions_in_full": ", ".join(f"{axis} {choice}" for axis, choice in named.items()),
            "condition": self.condition,
            "cell": self.cell,
        }

    def record(self) -> dict[str, Any]:
        """What is needed to repeat a run, beside what was given and asked."""
        return {
            "assumptions": asdict(self.assumptions),
            "parameters": self.parameters.to_dict(),
            "covariates": {one.name: one.to_dict() for one in self.covariates},
            "versions": dict(_versions()),
        }

    def dataset(
        self,
        model: Model,
        trajectory: Trajectory,
        routes: Iterable[str],
        entered: Sequence[str],
        attributes: Mapping[str, Any],
    ) -> xr.Dataset:
        """States over time as a labelled dataset.

        Parameters
        ----------
        model : Model
            The naltrexone model that was run.
        trajectory : Trajectory
            States over time.
        routes : iterable of str
            By which doses entered.
        entered : sequence of str
            Other states that something entered.
        attributes : mapping
            Attributes beside those of the account.

        Returns
        -------
        xarray.Dataset
            See `ldnsim.results.dataset`.
        """
        traces = traced_dose(self.parameters)
        deliveries = [delivery for route in dict.fromkeys(routes) for delivery in ROUTES[route](traces)]
        about = {**attributes, **self.attributes(), "clock_start": model.daily.start}
        return dataset(trajectory, self.parameters, model.daily, deliveries, entered, about)


def run_regimen(
    regimen: Regimen,
    account: Account,
    settings: Mapping[str, Any],
    decide: Deciding | None,
    progress: Callable[[float], None] | None,
) -> xr.Dataset:
    """Run a regimen.

    Parameters
    ----------
    regimen : Regimen
        What is given.
    account : Account
        To whom.
    settings : mapping
        Plain values as `ldnsim.simulation.simulate` makes them.
    decide : callable, optional
        Decides about each dose.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    xarray.Dataset
        The result, with its record.

    Raises
    ------
    InputError
        If the regimen cannot start as asked, or a decision cannot be used.
    SolverError
        If the integration fails, or a steady state is not reached.
    """
    doses = regimen.dosing()
    _refuse_hopeless(settings, doses)
    p = account.parameters.fill(Parameters)
    model = naltrexone(account.parameters, regimen.clock)
    initial, residual = NALTREXONE.baseline(p, model.daily)
    events: list[Event] = []
    if settings["start"] == "steady-state":
        past, under_way = steady_start(regimen, partial(intake_of, model))
        events = [past, *under_way]
    for place, dose in enumerate(doses):
        # only a decision needs a stop at the time itself, where nothing enters yet
        events += [Decide(dose.time, place)] * (decide is not None)
        events += dose_events(model, dose, place)
    entered = []
    if settings["endotoxin"] is not None:
        events.append(endotoxin_jump(**settings["endotoxin"]))
        entered.append("tlr4.lps1")
    until = settings["until"]
    samples = np.union1d(regular(until, settings["step"]), np.array(settings["at"], dtype=float))
    placed = due(events)
    records, side = sides(samples, marks_of(placed), 0.0, until)
    protocol = Protocol(1, ParameterSets.of([[p]]), initial[:, None], 0.0, placed, records)
    decisions: dict[int, float] = {}

    def told(_: int, dose: int, mg: float) -> None:
        decisions[dose] = mg

    cautious = CAUTIOUS if account.changed and settings["engine"] != "reference" else 1.0
    chosen = Chosen(settings["engine"], settings["method"], settings["rtol"] * cautious)
    (course,) = walk(
        solver_for(chosen, model, [protocol], progress),
        [protocol],
        [np.array([model.daily.start - model.daily.acrophase])],
        [None if decide is None else deciding(model, doses, decide, told, [0])],
    )
    for error in course.errors.values():
        raise error
    if progress is not None:
        progress(1.0)
    solver = settings["engine"] if course.status[0] == OK else "reference"
    trajectory = Trajectory(records.time[:, 0], side, np.array([state[0] for state in course.states]))
    taken = [decisions.get(place, dose.mg) for place, dose in enumerate(doses)]
    record = {
        "regimen": regimen.to_dict(),
        **account.record(),
        "settings": {**settings, "decisions": taken if decide is not None else None},
    }
    steady = settings["start"] == "steady-state"
    challenge = settings["endotoxin"]
    given = str(regimen) + (", decided at each dose" if decide is not None else "")
    attributes = {
        "title": f"ldnsim: {given}",
        "regimen": given
        + (", from steady state" if steady else "")
        + ("" if challenge is None else f", endotoxin at {challenge['time']:g} h"),
        **described_doses(regimen, doses, taken),
        "baseline_residual": residual,
        "engine": solver,
        "record": json.dumps(record),
    }
    if steady:
        attributes["steady_state_residual"] = float(course.residual[0])
    data = account.dataset(model, trajectory, (dose.route for dose in doses), entered, attributes)
    return data if regimen.date is None else _dated(data, regimen)


def _refuse_hopeless(settings: Mapping[str, Any], doses: Sequence[Dose]) -> None:
    until, step = settings["until"], settings["step"]
    samples = regular_count(until, step) + len(settings["at"]) + 2 * len(doses)
    given = sum(dose.time <= until for dose in doses)
    last = max((dose.time + dose.over for dose in doses), default=0.0)
    size = Size(
        samples,
        given,
        acting(until, last),
        len(NALTREXONE.names),
        _NUMBER * columns_of((PLASMA, *VARIABLES)),
        settings["engine"],
    )
    refuse_hopeless(
        size,
        Cure("step", step, lambda part: f"at least {rounded_up(step / part):g} h, or fewer times in at"),
        Cure("until", until, lambda part: f"at most {until * part:,.0f} h, or fewer doses"),
    )


def _dated(data: xr.Dataset, regimen: Regimen) -> xr.Dataset:
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


def endotoxin_jump(time: float, peak: float) -> Jump:
    """A challenge scaled so that the fifth of five equal steps peaks at the wanted drive."""
    later_steps = sum(name.startswith("tlr4.lps") for name in NALTREXONE.names) - 1
    share_at_peak = later_steps**later_steps * math.exp(-later_steps) / math.factorial(later_steps)
    return Jump(time, NALTREXONE.index("tlr4.lps1"), peak / share_at_peak)
