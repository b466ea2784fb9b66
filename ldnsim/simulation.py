"""Running: from a regimen and assumptions to a result that can be repeated exactly."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import pk
from .endpoints import exploratory
from .errors import InputError
from .files import whole
from .model import Parameters
from .parameters import Assumptions, Entry, ParameterSet, resolve
from .provenance import traced_dose
from .regimen import Dose, Regimen
from .results import VARIABLES, dataset
from .solve.reference import RTOL, Method, solve
from .solve.timeline import Jump, Timeline
from .summary import Summary, summarise
from .system import NALTREXONE, Daily
from .units import HOURS_PER_DAY, amount, hours, number

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ROUTES: Mapping[str, Callable[[pk.DoseParameters], tuple[pk.Delivery, ...]]] = {
    "oral": pk.oral,
    "liquid": pk.liquid,
    "sublingual": pk.sublingual,
    "extended_release": pk.extended_release,
    "intramuscular": pk.intramuscular,
    "intravenous": pk.intravenous,
}
"""How each route of a regimen delivers a dose."""

MAX_SAMPLES = 2_000_000
"""Most samples of one run, so that a slip in `step` or `until` is refused instead of filling memory."""


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


@dataclass(frozen=True, eq=False)
class Simulation:
    """Result of a run.

    Attributes
    ----------
    data : xarray.Dataset
        Every variable over time, with units, meaning and evidence.
    regimen : Regimen
        What was given.
    assumptions : Assumptions
        Under which account.
    parameters : ParameterSet
        With which values, each with its ledger row.
    """

    data: xr.Dataset
    regimen: Regimen
    assumptions: Assumptions
    parameters: ParameterSet

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to repeat the run: regimen, assumptions, parameters, versions, settings."""
        found: dict[str, Any] = json.loads(self.data.attrs["record"])
        return found

    def summary(self) -> Summary:
        """Exposure, blockade, rebound and inflammation in a table."""
        return summarise(self.data)

    def outcomes(self) -> xr.Dataset:
        """Pain course, responders and side effects: exploratory, see `ldnsim.endpoints.exploratory`."""
        return exploratory(self.data, self.parameters)

    def plot(self) -> Any:
        """The four-panel figure, see `ldnsim.plots.four_panels`.

        Returns
        -------
        ndarray of matplotlib.axes.Axes, shape (4,)
            The panels.
        """
        from . import plots

        return plots.four_panels(self.data)

    def to_frame(self) -> pd.DataFrame:
        """All variables in columns, one row a sample, units in ``frame.attrs["units"]``."""
        import pandas as pd

        columns: dict[str, Any] = {name: self.data[name].values for name in ("time", "clock", "side")}
        units = {"time": "h", "clock": "h", "side": "1"}
        for name in ("plasma", *VARIABLES):
            variable = self.data[name]
            for column, values in _columns(variable):
                columns[column] = values
                units[column] = variable.attrs["units"]
        frame = pd.DataFrame(columns)
        frame["assumptions"] = self.data.attrs["assumptions"]
        frame.attrs["units"] = units
        return frame

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_frame` as CSV, units in the header, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        frame = self.to_frame()
        units = frame.attrs["units"]
        header = [f"{name} [{units[name]}]" if units.get(name, "1") != "1" else name for name in frame.columns]
        with whole(path, "csv") as draft:
            frame.to_csv(draft, index=False, header=header, float_format="%.7g")

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the dataset with its run record as netCDF 3, whole or not at all.

        Raises
        ------
        InputError
            If the folder cannot be written to.
        """
        with whole(path, "netcdf") as draft:
            self.data.to_netcdf(draft, engine="scipy")

    def repeat(self) -> Simulation:
        """Run again from the record; on the same versions the result is the same to the last bit."""
        return repeat(self.record)


def _columns(variable: xr.DataArray) -> list[tuple[str, NDArray[np.float64]]]:
    if variable.dims == ("time",):
        return [(str(variable.name), variable.values)]
    stacked = variable.stack(column=[dim for dim in variable.dims if dim != "time"]).transpose("column", "time")
    return [
        ("_".join([str(variable.name), *map(str, label if isinstance(label, tuple) else (label,))]), values)
        for label, values in zip(stacked["column"].values, stacked.values, strict=True)
    ]


def simulate(
    regimen: Regimen | str,
    *,
    assumptions: Assumptions | str = "popular",
    condition: str = "healthy",
    cell: str = "microglia",
    parameters: Mapping[str, object] | None = None,
    source: str = "changed by the user",
    until: float | str | None = None,
    step: float | str = 0.1,
    at: Sequence[float] | NDArray[np.float64] = (),
    endotoxin: Endotoxin | None = None,
    method: Method = "LSODA",
    rtol: float = RTOL,
    progress: Callable[[float], None] | None = None,
) -> Simulation:
    """Simulate one typical adult.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; a text is read by `Regimen.parse`.
    assumptions : Assumptions or str
        ``"popular"``, ``"measured"``, or choices on the axes, see `Assumptions`.
    condition : {"healthy", "fibromyalgia", "multiple-sclerosis"}
        Whose starting levels results are compared with.
    cell : {"microglia", "macrophage", "mast-cell"}
        Which TLR4-bearing cells are meant.
    parameters : mapping of str to float or str, optional
        Changed parameters, for example ``{"pk.cl": "120 L/h"}``; see ``ldnsim parameters``.
    source : str
        Where the changed values come from.
    until : float or str, optional
        End of the run [h] or a text such as ``"8 weeks"``; by default the end of the regimen,
        or 48 h after a single dose.
    step : float or str
        Distance of the samples [h].
    at : sequence of float
        Further sample times [h].
    endotoxin : Endotoxin, optional
        A challenge with endotoxin on the way.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Integration method of SciPy.
    rtol : float
        Relative tolerance.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Simulation
        Data with units, evidence and the record of the run.

    Raises
    ------
    InputError
        If an argument cannot be used; the text names it and what would be right.
    SolverError
        If the integration fails.

    Examples
    --------
    >>> run = simulate("4.5 mg at 22:00", step=0.5)
    >>> round(float(run.data.plasma.sel(analyte="ntx").max()), 1)
    0.8
    """
    if isinstance(regimen, str):
        regimen = Regimen.parse(regimen)
    elif not isinstance(regimen, Regimen):
        raise InputError("regimen", regimen, "a Regimen or a text such as '4.5 mg at 22:00 daily for 28 days'")
    chosen = Assumptions.of(assumptions)
    found = resolve(chosen, condition=condition, cell=cell)
    if parameters is not None:
        if not isinstance(parameters, Mapping):
            raise InputError("parameters", parameters, "a mapping such as {'pk.cl': '120 L/h'}")
        found = found.replace(parameters, source)
    if endotoxin is not None:
        if not isinstance(endotoxin, Endotoxin):
            raise InputError("endotoxin", endotoxin, "an Endotoxin(time, peak)")
        endotoxin = Endotoxin(
            hours(endotoxin.time, "endotoxin.time"), number(endotoxin.peak, "endotoxin.peak", low=0.0)
        )
    settings = {
        "condition": condition,
        "cell": cell,
        "until": regimen.horizon if until is None else hours(until, "until"),
        "step": hours(step, "step"),
        "at": _sample_times(at),
        "endotoxin": None if endotoxin is None else asdict(endotoxin),
        "method": _method(method),
        "rtol": number(rtol, "rtol", low=1e-13, high=1e-2),
    }
    return _run(regimen, chosen, found, settings, progress)


def repeat(record: Mapping[str, Any]) -> Simulation:
    """Run again what a record describes.

    Parameters
    ----------
    record : mapping
        ``Simulation.record``, or what ``json.loads`` gives for the attribute ``record`` of a
        saved dataset.

    Returns
    -------
    Simulation
        The same result, to the last bit where the versions are the same.

    Raises
    ------
    InputError
        If the record is not one of ldnsim.
    """
    try:
        regimen = Regimen.from_dict(record["regimen"])
        assumptions = Assumptions(**record["assumptions"])
        found = ParameterSet({name: Entry(*values) for name, values in record["parameters"].items()})
        settings = dict(record["settings"])
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError("record", record, "the record of a run of ldnsim") from error
    return _run(regimen, assumptions, found, settings, None)


def _sample_times(at: Sequence[float] | NDArray[np.float64]) -> list[float]:
    if not isinstance(at, Iterable):
        raise InputError("at", at, "a sequence of times in hours")
    return [number(time, "at", low=0.0) for time in at]


def _method(method: str) -> str:
    known = ("LSODA", "DOP853", "BDF", "Radau")
    if method not in known:
        raise InputError("method", method, f"one of {', '.join(known)}")
    return method


def _run(
    regimen: Regimen,
    assumptions: Assumptions,
    parameters: ParameterSet,
    settings: dict[str, Any],
    progress: Callable[[float], None] | None,
) -> Simulation:
    p = parameters.fill(Parameters)
    daily = Daily(regimen.clock, p.endorphin.acrophase)
    doses = regimen.dosing()
    jumps = [jump for dose in doses for jump in dose_jumps(dose, p.dose)]
    if settings["endotoxin"] is not None:
        jumps.append(_endotoxin_jump(Endotoxin(**settings["endotoxin"])))
    initial, residual = NALTREXONE.baseline(p, daily)
    timeline = Timeline.build(jumps, _grid(settings), settings["until"])
    trajectory = solve(
        NALTREXONE, p, initial, timeline, daily, method=settings["method"], rtol=settings["rtol"], progress=progress
    )
    record = {
        "regimen": regimen.to_dict(),
        "assumptions": asdict(assumptions),
        "parameters": {name: list(entry) for name, entry in parameters.items()},
        "settings": settings,
        "versions": {
            "ldnsim": version("ldnsim"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "xarray")},
        },
    }
    changed = [name for name, entry in parameters.items() if not entry.row and name != "dose.f_dextro"]
    challenge = settings["endotoxin"]
    named = asdict(assumptions) | {"condition": settings["condition"], "cell": settings["cell"]}
    if (settings["condition"], settings["cell"]) == ("healthy", "microglia"):
        named = asdict(assumptions)
    attributes = {
        "title": f"ldnsim: {regimen}",
        "regimen": str(regimen) + ("" if challenge is None else f", endotoxin at {challenge['time']:g} h"),
        "assumptions": assumptions.name + (f" with changed {', '.join(changed)}" if changed else ""),
        "assumptions_in_full": ", ".join(f"{axis} {choice}" for axis, choice in named.items()),
        "condition": settings["condition"],
        "cell": settings["cell"],
        "dose_time": [dose.time for dose in doses],
        "dose_mg": [dose.mg for dose in doses],
        "clock_start": regimen.clock,
        "baseline_residual": residual,
        "record": json.dumps(record),
    }
    routes = dict.fromkeys(dose.route for dose in doses)
    traces = traced_dose(parameters)
    deliveries = [delivery for route in routes for delivery in ROUTES[route](traces)]
    entered = [] if settings["endotoxin"] is None else ["tlr4.lps1"]
    data = dataset(trajectory, parameters, daily, deliveries, entered, attributes)
    return Simulation(data, regimen, assumptions, parameters)


def dose_jumps(dose: Dose, p: pk.DoseParameters) -> list[Jump]:
    """What enters the state for one dose.

    Parameters
    ----------
    dose : Dose
        The dose.
    p : DoseParameters
        Molar masses, isomers and routes.

    Returns
    -------
    list of Jump
        Amounts [nmol] of each isomer into each compartment, zero amounts included, so that
        every dose is an event.
    """
    total = amount(dose.mg, p.mw_hcl if dose.salt == "hcl" else p.mw_base)
    return [
        Jump(
            dose.time + delivery.lag,
            NALTREXONE.index(f"{isomer}.{delivery.compartment}"),
            total * share * delivery.share,
        )
        for delivery in ROUTES[dose.route](p)
        for isomer, share in (("levo", 1 - p.f_dextro), ("dextro", p.f_dextro))
    ]


def _endotoxin_jump(endotoxin: Endotoxin) -> Jump:
    """A challenge scaled so that the fifth of five equal steps peaks at the wanted drive."""
    later_steps = sum(name.startswith("tlr4.lps") for name in NALTREXONE.names) - 1
    share_at_peak = later_steps**later_steps * math.exp(-later_steps) / math.factorial(later_steps)
    return Jump(endotoxin.time, NALTREXONE.index("tlr4.lps1"), endotoxin.peak / share_at_peak)


def _grid(settings: Mapping[str, Any]) -> NDArray[np.float64]:
    until, step = settings["until"], settings["step"]
    if until == 0:
        raise InputError("until", until, "a duration above 0")
    if step == 0 or until / step > MAX_SAMPLES:
        raise InputError("step", step, f"above 0 and large enough for at most {MAX_SAMPLES} samples up to {until:g} h")
    at = np.array(settings["at"], dtype=float)
    if (at > until).any():
        raise InputError("at", float(at.max()), f"times up to the end of the run, {until:g} h")
    # by multiplication, because repeated addition drifts
    regular = step * np.arange(int(until / step * (1 + 1e-12)) + 1)
    # whole days too, so that daily windows start and end at a sample whatever the step
    days = HOURS_PER_DAY * np.arange(int(until / HOURS_PER_DAY) + 1)
    return np.union1d(np.union1d(regular[regular <= until], days), at)
