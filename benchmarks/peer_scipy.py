"""SciPy's solvers on the compiled rates, one person at a time; also the tight reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workload import Array, Workload

from ldnsim.models.system import NALTREXONE

ABSOLUTE = 0.1
"""Absolute tolerance relative to the relative one and the scale of each state, as in our engine."""

TIGHT = 1e-12


class Scipy:
    """``solve_ivp`` from dose to dose.

    Parameters
    ----------
    work : Workload
        What to run.
    method : str
        Method of ``solve_ivp``.
    plain : bool
        Rates in plain Python, as the reference engine has them, instead of compiled ones.
    """

    def __init__(self, work: Workload, method: str, plain: bool = False) -> None:
        self.work = work
        self.method = method
        self.constant = np.ascontiguousarray(work.equations.constants_of(work.parameters).T)
        self.compiled = None if plain else work.equations.compiled()
        self.rtol = TIGHT

    def prepare(self, rtol: float) -> None:
        """Set the tolerance."""
        self.rtol = rtol

    def run(self, people: Sequence[int]) -> Array:
        """Run people one after the other."""
        return np.array([self._person(person) for person in people])

    def states(self, found: Array) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""
        return found

    def _person(self, person: int) -> Array:
        from scipy.integrate import solve_ivp

        work, rates = self.work, self._rates(person)
        out = np.empty((len(work.initial), len(work.samples)))
        out[:, 0] = state = work.initial
        for start, stop, inside in work.segments():
            found = solve_ivp(
                rates,
                (start, stop),
                state,
                method=self.method,
                t_eval=np.union1d(work.samples[inside], stop),
                rtol=self.rtol,
                atol=ABSOLUTE * self.rtol * work.scale,
            )
            if not found.success:
                raise RuntimeError(found.message)
            out[:, inside] = found.y[:, : inside.stop - inside.start]
            state = found.y[:, -1].copy()
            state[work.doses.state] += work.doses.amount
        return out

    def _rates(self, person: int) -> Callable[[float, Array], Any]:
        work = self.work
        if self.compiled is None:
            every, active, like, kept = np.zeros(len(NALTREXONE.names)), work.active, work.like, work.integrated
            p, pack = work.of_person(person), NALTREXONE.pack

            def plain(time: float, state: Array) -> Array:
                every[active] = state[like]
                found = NALTREXONE.rates(pack(every.tolist()), p, work.daily.at(time, math.cos, math.sin))
                return np.array(NALTREXONE.flat(found))[kept]

            return plain
        compiled, constant = self.compiled, self.constant[person]

        def function(time: float, state: Array) -> Array:
            rate = np.empty_like(state)
            compiled(time, state, constant, rate)
            return rate

        return function


def reference(work: Workload, people: Sequence[int]) -> Array:
    """Active states by DOP853 at a relative tolerance of 1e-12, shape (n_people, n_active, n_samples)."""
    return Scipy(work, "DOP853").run(people)[:, work.like]


VARIANTS: dict[str, Callable[[Workload], Scipy]] = {
    "LSODA, compiled rates": lambda work: Scipy(work, "LSODA"),
    "DOP853, compiled rates": lambda work: Scipy(work, "DOP853"),
    "LSODA, Python rates": lambda work: Scipy(work, "LSODA", plain=True),
}
