"""Derivatives of curves by complex step: the equations integrated in complex numbers, by no engine of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from ldnsim.base.vocabulary import filled, flatten
from ldnsim.models.dosable import Model

TINY = 1e-30
RTOL = 1e-10


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
    values[name] += 1j * TINY
    p = filled(declared, [values[term.name] for term in flatten(declared)])
    system, daily = model.system, model.daily

    def rates(time: float, flat: Any) -> Any:
        return np.array(system.flat(system.rates(system.pack(flat), p, daily.at(time))), dtype=complex)

    state = np.array(model.untreated(real), dtype=complex)
    if model.initial is None:
        # where the untreated state moves to, to first order, with its parameter
        moved = rates(0.0, state).imag / TINY
        state = state - 1j * TINY * np.linalg.lstsq(system.jacobian(real, daily)(0.0, state.real), moved, rcond=None)[0]
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
    return {column: np.imag(np.broadcast_to(value, times.shape)) / TINY for column, value in every.items()}
