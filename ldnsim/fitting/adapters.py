"""A fit as problems of PINTS and pyPESTO, for samplers and optimisers that ldnsim does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError, MissingExtra
from .likelihood import SEEN
from .problem import Array

if TYPE_CHECKING:
    from .result import Fit

_WIDE = np.log(1000.0)
"""How far from its estimate a parameter without bounds is looked for, as a logarithm."""


def to_pints(fit: Fit, id: Any = None) -> tuple[Any, Any]:
    """Model and problem of PINTS, see `Fit.to_pints`."""
    try:
        import pints
    except ImportError as error:
        raise MissingExtra("pints", "inference") from error
    k = fit.unit(id)
    problem, observed = fit.problem, fit.problem.observed
    if len(problem.members[k]) > 1:
        raise InputError("id", fit.units[k], "one subject, because a problem of PINTS has one series; pooled=False")
    there = np.flatnonzero(observed.kind[k] > 0)
    if (observed.kind[k][there] != SEEN).any():
        raise InputError("id", fit.units[k], "measurements with numbers alone, which blq='M1' leaves; or to_pypesto()")
    if len(set(observed.group[k][there].tolist())) > 1:
        raise InputError("id", fit.units[k], "measurements of one compartment; or to_pypesto()")
    rows = problem.lanes.rows[int(problem.members[k][0])]
    times = np.array([rows[place].time for place in there.tolist()])
    if (np.diff(times) <= 0).any():
        raise InputError("id", fit.units[k], "one measurement at a time, because PINTS knows them by time")
    unit = np.array([k])

    class Model(pints.ForwardModelS1):  # type: ignore[misc,unused-ignore]
        """One subject; parameters in the units of the model."""

        def n_parameters(self) -> int:
            return len(fit.names)

        def simulate(self, parameters: Array, at: Array) -> Array:
            self._check(at)
            x = problem.coordinates(np.asarray(parameters, dtype=float)[None, :])
            found: Array = problem.predict(x[:, None, :], unit)[0, 0, there]
            return found

        def simulateS1(self, parameters: Array, at: Array) -> tuple[Array, Array]:  # noqa: N802 - the name of PINTS
            self._check(at)
            values = np.asarray(parameters, dtype=float)
            step = 1e-4 * np.maximum(np.abs(values), 1e-12)
            points = np.array(
                [values, *(values + step * one for one in np.vstack([np.eye(len(values)), -np.eye(len(values))]))]
            )
            f = problem.predict(problem.coordinates(points)[None], unit)[0][:, there]
            p = len(values)
            return f[0], ((f[1 : 1 + p] - f[1 + p :]) / (2 * step)[:, None]).T

        def _check(self, at: Array) -> None:
            if len(at) != len(times) or not np.array_equal(np.asarray(at, dtype=float), times):
                raise InputError("times", at, f"the times of the measurements, {times}")

    model = Model()
    values = observed.value[k][there]
    return model, pints.SingleOutputProblem(model, times, np.exp(values) if problem.error.logs else values)


def to_pypesto(fit: Fit, id: Any = None) -> Any:
    """A problem of pyPESTO, see `Fit.to_pypesto`."""
    try:
        import pypesto
    except ImportError as error:
        raise MissingExtra("pypesto", "inference") from error
    k = fit.unit(id)
    problem, unit = fit.problem, np.array([k])

    def value(x: Array) -> float:
        return float(problem.evaluated(np.asarray(x, dtype=float)[None, :], unit)[0][0])

    def slope(x: Array) -> Array:
        found: Array = problem.evaluated(np.asarray(x, dtype=float)[None, :], unit)[1][0]
        return found

    def curvature(x: Array) -> Array:
        found: Array = problem.evaluated(np.asarray(x, dtype=float)[None, :], unit)[2][0]
        return found

    scales = ["log" if log else "lin" for log in problem.logs]
    best = fit.ended.x[k]
    room = np.where(problem.logs, _WIDE, 1000 * np.maximum(np.abs(best), 1.0))
    low = np.where(np.isfinite(problem.low), problem.low, best - room)
    high = np.where(np.isfinite(problem.high), problem.high, best + room)
    objective = pypesto.Objective(fun=value, grad=slope, hess=curvature, x_names=list(fit.names))
    return pypesto.Problem(objective, lb=low, ub=high, x_names=list(fit.names), x_scales=scales)
