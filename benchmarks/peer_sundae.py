"""scikit-sundae's CVODE on the compiled rates, one person at a time, stopped at doses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workload import Array, Workload

ABSOLUTE = 1.0
"""Absolute tolerance relative to the relative one and the scale of each state; less costs more at equal error."""

MOST_STEPS = 100_000


class Sundae:
    """CVODE of SUNDIALS.

    Parameters
    ----------
    work : Workload
        What to run.
    method : {"Adams", "BDF"}
        Linear multistep method.
    order : int
        Its highest order; 12 for Adams and 5 for BDF are usual.
    """

    def __init__(self, work: Workload, method: str, order: int) -> None:
        self.work = work
        self.order = order
        self.method = method
        self.constant = np.ascontiguousarray(work.equations.constants_of(work.parameters).T)
        self.compiled = work.equations.compiled()
        self.jacobian = work.equations.compiled_jacobian()
        self.stretches = [
            (inside, np.union1d([start, stop], work.samples[inside])) for start, stop, inside in work.segments()
        ]
        self.solver: Any = None
        self.here = self.constant[0]

    def prepare(self, rtol: float) -> None:
        """Make a solver with a tolerance."""
        from sksundae.cvode import CVODE

        compiled, jacobian = self.compiled, self.jacobian

        def rates(time: float, state: Array, rate: Array) -> None:
            compiled(time, state, self.here, rate)

        def slopes(time: float, state: Array, rate: Array, matrix: Array) -> None:  # noqa: ARG001, as it is called so
            matrix[:] = 0.0
            jacobian(time, state, self.here, matrix)

        self.solver = CVODE(
            rates,
            method=self.method,
            max_order=self.order,
            rtol=rtol,
            atol=ABSOLUTE * rtol * self.work.scale,
            max_num_steps=MOST_STEPS,
            jacfn=slopes,
        )

    def run(self, people: Sequence[int]) -> Array:
        """Run people one after the other."""
        return np.array([self._person(person) for person in people])

    def states(self, found: Array) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""
        return found

    def _person(self, person: int) -> Array:
        work = self.work
        self.here = self.constant[person]
        out = np.empty((len(work.initial), len(work.samples)))
        out[:, 0] = state = work.initial
        for inside, times in self.stretches:
            found = self.solver.solve(times, state)
            if not found.success:
                raise RuntimeError(found.message)
            out[:, inside] = found.y[1 : 1 + inside.stop - inside.start].T
            state = found.y[-1].copy()
            state[work.doses.state] += work.doses.amount
        return out


VARIANTS: dict[str, Callable[[Workload], Sundae]] = {
    "Adams to order 5": lambda work: Sundae(work, "Adams", 5),
    "Adams": lambda work: Sundae(work, "Adams", 12),
    "BDF": lambda work: Sundae(work, "BDF", 5),
}
