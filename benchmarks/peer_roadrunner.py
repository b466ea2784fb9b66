"""libRoadRunner on Antimony that is written from the expressions: one model, parameters set for each person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workload import Array, Workload

NEXT_DOSE = "next_dose"

ABSOLUTE = 1.0
"""Absolute tolerance relative to the relative one and the scale of each state; less costs more at equal error."""


def antimony_text(work: Workload, events: bool) -> str:
    """The model in Antimony.

    Parameters
    ----------
    work : Workload
        What to run.
    events : bool
        Write the doses as a repeated event; otherwise none are in the model.

    Returns
    -------
    str
        Rate rules, with common subexpressions as assignment rules.
    """
    import sympy as sp

    def formula(line: Any) -> str:
        return str(sp.sstr(sp.N(line, 17))).replace("**", "^")

    equations = work.equations
    shared, rates = equations.shared
    lines = [f"{symbol} = {float(value)!r};" for symbol, value in zip(equations.states, work.initial, strict=True)]
    lines += [f"{symbol} = 1;" for symbol in equations.constants]
    lines += [f"{symbol} := {formula(line)};" for symbol, line in (*equations.rhythm.items(), *shared)]
    lines += [f"{symbol}' = {formula(line)};" for symbol, line in zip(equations.states, rates, strict=True)]
    if events:
        every = float(work.doses.time[1] - work.doses.time[0])
        given = [
            f"{equations.states[state]} = {equations.states[state]} + {float(amount)!r}"
            for state, amount in zip(work.doses.state, work.doses.amount, strict=True)
        ]
        lines.append(f"{NEXT_DOSE} = {float(work.doses.time[0])!r};")
        lines.append(f"at time >= {NEXT_DOSE}: {', '.join(given)}, {NEXT_DOSE} = {NEXT_DOSE} + {every!r};")
    return "\n".join(lines)


class RoadRunner:
    """A compiled model and CVODE.

    Parameters
    ----------
    work : Workload
        What to run.
    stiff : bool
        BDF with Newton iterations; otherwise Adams with functional iterations.
    events : bool
        Doses as events of the model; otherwise the run stops, amounts are added, and it goes on.
    order : int
        Highest order of Adams; 12 is usual.
    """

    def __init__(self, work: Workload, stiff: bool, events: bool, order: int = 12) -> None:
        import antimony
        import roadrunner

        config = roadrunner.Config
        # the newer back end with full optimisation: 2 to 5 % faster here than the default
        config.setValue(config.LLVM_BACKEND, config.LLJIT)
        config.setValue(config.LLJIT_OPTIMIZATION_LEVEL, config.AGGRESSIVE)
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(antimony_text(work, events)) < 0:
            raise RuntimeError(antimony.getLastError())
        self.work = work
        self.events = events
        self.runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
        names = [str(symbol) for symbol in work.equations.states]
        self.runner.timeCourseSelections = names
        self.model = self.runner.model
        known = list(self.model.getGlobalParameterIds())
        self.constant = work.equations.constants_of(work.parameters).T
        self.places = [known.index(str(symbol)) for symbol in work.equations.constants]
        self.dosed = [known.index(names[state]) for state in work.doses.state]
        self.next_dose = [known.index(NEXT_DOSE)] if events else []
        self.runner.integrator.setValue("stiff", stiff)
        self.runner.integrator.setValue("maximum_adams_order", order)
        ruled = list(self.runner.getRateRuleIds())
        self.absolute = ABSOLUTE * np.array([work.scale[names.index(name)] for name in ruled])
        # the first sample of each stretch is its start, which is asked for anyway
        self.stretches = [
            (inside, np.union1d([start, stop], work.samples[inside])) for start, stop, inside in work.segments()
        ]

    def prepare(self, rtol: float) -> None:
        """Set the tolerance."""
        self.runner.integrator.setValue("relative_tolerance", rtol)
        self.runner.integrator.setValue("absolute_tolerance", (rtol * self.absolute).tolist())

    def run(self, people: Sequence[int]) -> Array:
        """Run people one after the other."""
        return np.array([self._person(person) for person in people])

    def states(self, found: Array) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples)."""
        return found

    def _person(self, person: int) -> Array:
        work, runner, model = self.work, self.runner, self.model
        runner.reset()
        model.setGlobalParameterValues(self.places, self.constant[person])
        if self.events:
            # an ordinary parameter is not set back by a reset
            model.setGlobalParameterValues(self.next_dose, work.doses.time[:1])
            found: Array = np.array(runner.simulate(0.0, float(work.samples[-1]), len(work.samples))).T
            return found
        out = np.empty((len(work.initial), len(work.samples)))
        out[:, 0] = work.initial
        for inside, times in self.stretches:
            found = np.array(runner.simulate(times=times))
            out[:, inside] = found[1 : 1 + inside.stop - inside.start].T
            if inside.stop < len(work.samples):
                model.setGlobalParameterValues(self.dosed, found[-1, work.doses.state] + work.doses.amount)
        return out


VARIANTS: dict[str, Callable[[Workload], RoadRunner]] = {
    "Adams to order 4, doses as events": lambda work: RoadRunner(work, stiff=False, events=True, order=4),
    "Adams to order 4, stopped at doses": lambda work: RoadRunner(work, stiff=False, events=False, order=4),
    "Adams, doses as events": lambda work: RoadRunner(work, stiff=False, events=True),
    "BDF, doses as events": lambda work: RoadRunner(work, stiff=True, events=True),
}
