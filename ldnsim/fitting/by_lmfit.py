"""Units of a fit as minimizers of lmfit, to be searched by its methods and asked for its intervals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError, MissingExtra
from .likelihood import BELOW
from .problem import Array, Problem

if TYPE_CHECKING:
    from .result import Fit


def _lmfit() -> Any:
    try:
        import lmfit
    except ImportError as error:
        raise MissingExtra("lmfit", "fit") from error
    return lmfit


def label(name: str) -> str:
    """A parameter as lmfit can call it: ``pk.cl`` is ``pk_cl``."""
    return re.sub(r"\W", "_", name)


def _parameters(problem: Problem, x: Array) -> Any:
    """Parameters of lmfit at some coordinates, themselves and not their logarithms."""
    found = _lmfit().Parameters()
    low, high = (problem.natural(end) for end in (problem.low, problem.high))
    for place, name in enumerate(problem.names):
        value = float(problem.natural(x)[place])
        found.add(label(name), value=value, min=float(low[place]), max=float(high[place]))
    return found


def _values(problem: Problem, parameters: Any) -> Array:
    return problem.coordinates(np.array([[parameters[label(name)].value for name in problem.names]]))


def _residuals(problem: Problem, unit: int, spread: Array) -> Callable[[Any], Array]:
    """Residuals whose squares add up to twice minus the log-likelihood and a constant, spreads held."""
    observed = problem.observed.only(np.array([unit]))
    there = observed.kind[0] > 0
    plain = problem.error.name in ("additive", "log-normal")
    smallest = np.log(spread.min()) - 25.0

    def residuals(parameters: Any) -> Array:
        x = _values(problem, parameters)
        f = problem.error.seen_as(problem.predict(x[:, None, :], np.array([unit]))[:, 0])
        if not np.isfinite(f[0][there]).all():
            return np.full(int(there.sum()) + len(problem.names), 1e6)
        terms = problem.error.terms(observed, np.where(there, f, 1.0), spread)
        left = np.where(there, observed.value[0] - f[0], 0.0)
        if plain:
            own = spread[0, observed.group[0], 0]
            one = np.where(observed.kind[0] == BELOW, np.sqrt(2 * np.maximum(terms.value[0], 0.0)), left / own)
        else:
            # what a spread that follows the prediction costs is no square, and is made one by a constant
            more = np.where(observed.kind[0] == BELOW, 0.0, smallest + 0.5 * np.log(2 * np.pi))
            one = np.where(left < 0, -1.0, 1.0) * np.sqrt(2 * np.maximum(terms.value[0] - more, 0.0))
        values = problem.natural(x)[0]
        known = [
            (np.log(value / prior.centre) if prior.logs else value - prior.centre) / prior.sd if prior else 0.0
            for value, prior in zip(values, problem.priors, strict=True)
        ]
        found: Array = np.append(one[there] * np.sqrt(observed.weight[0][there]), known)
        return found if any(problem.priors) else found[: int(there.sum())]

    return residuals


def minimizers(fit: Fit) -> Mapping[Any, Any]:
    """A minimizer of each unit that has estimates, see `Fit.lmfit`."""
    lmfit, found = _lmfit(), {}
    for k, id in enumerate(fit.units):
        if fit.identified[k].why or not np.isfinite(fit.ended.value[k]):
            continue
        parameters = _parameters(fit.problem, fit.ended.x[k])
        p = len(fit.names)
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diagonal(fit.everything[k]))[:p]
        for name, error, log in zip(fit.names, errors, fit.problem.logs, strict=True):
            one = parameters[label(name)]
            one.stderr = float(error * one.value if log else error)
        spread = fit.at_end.spread[k : k + 1]
        found[id] = lmfit.Minimizer(_residuals(fit.problem, k, spread), parameters, nan_policy="raise")
    return found


def searched(problem: Problem, begin: Array, method: str) -> Array:
    """Where units start after a method of lmfit has searched, one after the other.

    Parameters
    ----------
    problem : Problem
        The units.
    begin : ndarray, shape (n_units, p)
        Where the search starts.
    method : str
        Of `lmfit.minimize`.

    Returns
    -------
    ndarray, shape (n_units, p)
        Where it ended.

    Raises
    ------
    InputError
        If lmfit has no such method, or it needs bounds that are not said.
    MissingExtra
        If lmfit is not installed.
    """
    lmfit = _lmfit()
    found = begin.copy()
    for k in range(len(begin)):

        def cost(parameters: Any, unit: int = k) -> float:
            x = _values(problem, parameters)
            value = float(problem.evaluated(x, np.array([unit]))[0][0])
            return value if np.isfinite(value) else 1e10

        spread = problem.curved(begin[k : k + 1], np.array([k])).spread
        # methods for sums of squares take residuals, all others the likelihood itself
        squares = method in ("leastsq", "least_squares", "basinhopping", "brute")
        function = _residuals(problem, k, spread) if squares else cost
        try:
            made = lmfit.Minimizer(function, _parameters(problem, begin[k]), calc_covar=False)
            ended = made.minimize(method=method)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise InputError(
                "method", method, f"'lockstep', or a method of lmfit that can do this ({error})"
            ) from error
        if ended.method.lower() not in (method.lower(), _LONG.get(method.lower(), "")):
            raise InputError("method", method, "'lockstep', or a method of lmfit, such as 'nelder'")
        found[k] = _values(problem, ended.params)[0]
    return found


_LONG = {"nelder": "nelder-mead", "lbfgsb": "l-bfgs-b", "bfgs": "bfgs", "cg": "cg", "tnc": "tnc", "powell": "powell"}
"""What lmfit calls methods in its results."""
