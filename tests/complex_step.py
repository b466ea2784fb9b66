"""Derivatives of curves by complex step: the equations integrated in complex numbers, by no engine of ours.

Squire and Trapp, SIAM Review 40:110 (1998): the imaginary part of what a parameter with a small imaginary part gives
has no difference in it. The step errs by its square, and is large enough for the control of the solver's error to see
it: what is tiny is carried across kinks without care.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

import ldnsim as ldn
from ldnsim import models
from ldnsim.base.vocabulary import filled, flatten
from ldnsim.models.dosable import Model
from ldnsim.models.naltrexone import naltrexone

SMALL = 1e-5
"""Imaginary part, relative to the parameter [1]."""

RTOL = 1e-11


def slopes(
    model: Model, doses: Mapping[float, float], times: NDArray[np.float64], name: str, compartment: str | None = None
) -> dict[str, NDArray[np.float64]]:
    """Derivatives of every column with respect to a parameter, of bolus doses without a lag that is moved.

    Parameters
    ----------
    model : Model
        Whose equations are plain arithmetic.
    doses : mapping of float to float
        Time to dose [h, mg].
    times : ndarray
        Samples after or at the first dose [h].
    name : str
        Parameter.
    compartment : str, optional
        Where doses go; the usual one by default.

    Returns
    -------
    dict of str to ndarray
        A derivative at each sample, by column.
    """
    typical, declared = model.typical()
    values: dict[str, Any] = {**typical.values_by_name()}
    real = filled(declared, [values[term.name] for term in flatten(declared)])
    step = SMALL * (abs(values[name]) or 1.0)
    values[name] += 1j * step
    p = filled(declared, [values[term.name] for term in flatten(declared)])
    system, daily = model.system, model.daily

    def rates(time: float, flat: Any) -> Any:
        return np.array(system.flat(system.rates(system.pack(flat), p, daily.at(time))), dtype=complex)

    state = np.array(model.untreated(real), dtype=complex)
    if model.initial is None:
        # where the untreated state moves to, to first order, with its parameter
        moved = rates(0.0, state).imag
        state = state - 1j * np.linalg.lstsq(system.jacobian(real, daily)(0.0, state.real), moved, rcond=None)[0]
    elif callable(model.initial):
        state = np.array(model.initial(p), dtype=complex)
    dosing = model.dosing(values)
    into = compartment or model.dose
    inlets: Any = next(one for one in dosing.compartments if one.name == into)
    events = []
    for time, mg in doses.items():
        amount = mg * model.per_mg(into) * dosing.amount(into, {}) * inlets.f
        for state_of, share, lag in inlets.inlets:
            events.append((time + np.real(lag) + np.real(inlets.lag), state_of, amount * share))
    stops = sorted({time for time, _, _ in events if time <= times[-1]} | {float(times[-1])})
    found = np.zeros((len(state), len(times)), dtype=complex)
    now = 0.0
    for stop in stops:
        inside = (times >= now) & (times <= stop)
        if stop > now:
            asked = np.unique([*times[inside], stop])
            part = solve_ivp(rates, (now, stop), state, "DOP853", t_eval=asked, rtol=RTOL, atol=1e-13)
            found[:, inside] = part.y[:, np.searchsorted(asked, times[inside])]
            state = part.y[:, -1].copy()
        for time, where, amount in events:
            if time == stop:
                state[where] += amount
        # just after what is given then
        found[:, times == stop] = state[:, None]
        now = stop
    every = model.series(found, p, daily.at(times))
    return {column: np.imag(np.broadcast_to(value, times.shape)) / step for column, value in every.items()}


class Case(NamedTuple):
    """What derivatives are compared of.

    Attributes
    ----------
    model : callable
        Gives the model.
    mg : float
        Each of the doses at 22:00 on two days.
    read : dict of str to tuple
        Column of the model to the variable of a result, and its labels.
    names : sequence of str
        Parameters; all but lags where there are none.
    account : str
        Assumptions of naltrexone; empty for another model.
    engine : str
        Which engine runs the ensemble.
    """

    model: Callable[[], Model]
    mg: float
    read: Mapping[str, tuple[str, dict[str, str]]]
    names: Sequence[str] = ()
    account: str = ""
    engine: Any = "auto"


def _account(name: str) -> Model:
    return naltrexone(ldn.resolve(name), 22.0)


_CENTRAL: dict[str, tuple[str, dict[str, str]]] = {"C_central": ("C_central", {})}
_READ = {
    "plasma_ntx": ("plasma", {"analyte": "ntx"}),
    "occupancy.mor": ("occupancy", {"receptor": "mor"}),
    "effects.tone": ("tone", {}),
}
_OF_NALTREXONE = (
    *("pk.ka", "pk.f", "pk.cl", "pk.vc", "pk.q", "pk.fm", "pk.clm", "receptors.fu", "receptors.kd", "receptors.koff"),
    *("receptors.kf", "receptors.ks", "receptors.kdeg", "receptors.xe0", "endorphin.g", "endorphin.kout_bend"),
)

CASES = {
    "one compartment": Case(partial(models.one_compartment, CL=3.0, V=20.0, ka=1.0, F=0.8), 100.0, _CENTRAL),
    "one compartment, all absorbed": Case(partial(models.one_compartment, CL=9.0, V=10.0, ka=1.0), 100.0, _CENTRAL),
    "two compartments": Case(partial(models.two_compartment, CL=3, V1=10, Q=2, V2=30, ka=0.9), 100.0, _CENTRAL),
    "saturable elimination": Case(
        partial(models.michaelis_menten, Vmax=10.0, Km=2.0, V=20.0, ka=1.0), 100.0, _CENTRAL, engine="batch"
    ),
    "naltrexone, popular": Case(
        partial(_account, "popular"), 4.5, _READ, _OF_NALTREXONE, account="popular", engine="batch"
    ),
    "naltrexone, measured": Case(
        partial(_account, "measured"), 4.5, _READ, _OF_NALTREXONE, account="measured", engine="batch"
    ),
}
"""Models whose derivatives are compared, by name."""

_HOURS = (7.0, 24.0, 31.0, 48.0)
_FELT = 1e-3


def apart(case: Case) -> tuple[float, float]:
    """How far `Ensemble.jacobian` is from the complex step at some hours.

    Parameters
    ----------
    case : Case
        What is compared.

    Returns
    -------
    relative, absolute : float
        Largest error over the derivative, where the elasticity is above 1e-3; largest error of an elasticity.
    """
    model = case.model()
    of_whom: dict[str, Any] = {"assumptions": case.account} if case.account else {"model": model}
    ready = ldn.Ensemble(
        f"{case.mg:g} mg at 22:00 daily for 2 days", until=48, step=1, at=_HOURS, engine=case.engine,
        outputs=list(dict.fromkeys(name for name, _ in case.read.values())), **of_whom,
    )  # fmt: skip
    names = list(case.names) or [name for name in ready.parameters.rules.known if "lag" not in name]

    def at(name: str, labels: dict[str, str], hour: float, data: Any) -> Any:
        return data[name].sel(labels).isel(time=int(np.flatnonzero(data["time"].values == hour)[-1]))

    wanted = {(column, hour): partial(at, *where, hour) for column, where in case.read.items() for hour in _HOURS}
    by_name: Any = {f"{column} {hour}": function for (column, hour), function in wanted.items()}
    found = ready.jacobian(by_name, names)
    values = ready.endpoints({names[0]: [ready.parameters[names[0]].value]}, by_name)
    relative, absolute = 0.0, 0.0
    for name in names:
        exact = slopes(model, {0.0: case.mg, 24.0: case.mg}, np.array(_HOURS), name)
        for column, hour in wanted:
            slope, true = found[name][f"{column} {hour}"], exact[column][_HOURS.index(hour)]
            scale = (abs(ready.parameters[name].value) or 1.0) / abs(values[f"{column} {hour}"][0])
            absolute = max(absolute, abs(slope - true) * scale)
            if abs(true) * scale > _FELT:
                relative = max(relative, abs(slope - true) / abs(true))
    return relative, absolute
