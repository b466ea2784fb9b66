"""The rates of one person as one function of plain numbers, written from the equations, and SciPy's LSODA on it.

Running the equations as they stand makes a tuple for every part of the state, and steps of SciPy's solvers in Python
cost as much again. Here the recorded operations are written out one below the other, states that stay zero or equal to
others are left out, and LSODA goes from event to event in one call. What comes out is compared with the equations
themselves on each stretch, and given up where anything is doubtful: the caller then takes the long way, which says what
is wrong.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY
from ..models.printing import PYTHON, Form, Forms
from ..models.recorder import Literal, Operand
from ..models.system import System
from .grouping import ZERO, groups
from .leg import Array, Leg
from .tape import Recording

Rates = Callable[[Array, float], list[float]]
Direct = Callable[[float, Array], Any]

_FORMS: Forms = {**PYTHON.forms, np.sqrt: Form("sqrt({})")}
_STEPS = 10_000  # between two samples; who needs more is looked at on the long way
_LINE = 200  # letters of what is written inside other things; what is nested too deeply is no Python
_APART = 1e-9  # of a rate, and of the size of a state an hour, where rounding alone is between two ways to compute it


@dataclass(frozen=True)
class StraightLine:
    """The rates of people who share operations.

    Attributes
    ----------
    system : System
        The model.
    recording : Recording
        The operations.
    like : tuple of int
        For each state the first one that it is always equal to, or `ldnsim.engines.grouping.ZERO`.
    """

    system: System
    recording: Recording
    like: tuple[int, ...]

    def along(
        self,
        rates: Rates,
        times: Array,
        state: Array,
        absolute: Array,
        rtol: float,
        drive: tuple[Array, NDArray[np.bool_]],
    ) -> Array | None:
        """States at some times between two events.

        Parameters
        ----------
        rates : callable
            As `bound` gives it.
        times : ndarray, shape (n,)
            When, increasing, the start first and the stop last [h].
        state, absolute : ndarray, shape (n_states,)
            State at the start, and the absolute tolerance of each.
        rtol : float
            Relative tolerance.
        drive : tuple of ndarray, each of shape (n_states,)
            What is infused into each state an hour, and which states are there at all.

        Returns
        -------
        ndarray, shape (n_states, n), or None
            None where the integration failed, or a state may have fallen below zero on the way.
        """
        from scipy.integrate import odeint

        own = self._own
        infused, on = (part[own] for part in drive)
        moved = rates if on.all() and not infused.any() else lambda y, t: (np.asarray(rates(y, t)) + infused) * on
        how = {"rtol": rtol, "atol": absolute[own], "tcrit": times[-1:], "mxstep": _STEPS, "full_output": True}
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found, said = odeint(moved, state[own], times, **how)
            except Exception:  # the long way meets it again, and says where
                return None
        if said["message"] != "Integration successful." or not np.isfinite(found).all():
            return None
        return self._spread(found.T)

    @cached_property
    def _own(self) -> list[int]:
        """Positions of the states that are integrated."""
        return list(self.recording.states)

    @cached_property
    def _rows(self) -> list[int]:
        """For each state its row among those that are integrated, or the one after them, which is zero."""
        row = {position: number for number, position in enumerate(self._own)} | {ZERO: len(self._own)}
        return [row[first] for first in self.like]

    def _spread(self, own: Array) -> Array:
        """All states, or their rates, from those that were integrated."""
        every: Array = np.concatenate([own, np.zeros((1, *own.shape[1:]))])[self._rows]
        return every

    def agrees(self, rates: Rates, times: Array, states: Array, scale: Array, direct: Direct) -> bool:
        """Whether the rates at start, middle and end are those that the equations give, but for rounding.

        At the end alone too little may be left of a dose to tell.
        """
        try:
            for place in (0, len(times) // 2, -1):
                time, state = float(times[place]), states[:, place]
                found, wanted = self._spread(np.array(rates(state[self._own], time))), np.array(direct(time, state))
                if not (np.abs(found - wanted) <= _APART * (np.abs(wanted) + scale)).all():
                    return False
        except Exception:  # the long way meets it again, and says where
            return False
        return True

    def bound(self, parameters: Sequence[float], phase: float, least: Array) -> tuple[Rates, list[float]] | None:
        """The rates of somebody.

        Parameters
        ----------
        parameters : sequence of float
            Parameters, in the order of the recording.
        phase : float
            Hour of the day at time 0 less the hour of the daily peak [h].
        least : ndarray, shape (n_states,)
            How far below zero each state may be seen.

        Returns
        -------
        rates : callable
            ``rates(states, time)`` of the states of the recording.
        below : list of float
            Where a state is seen further below zero than that, its time is added.

        None stands for both where what depends on parameters alone has no value.
        """
        below: list[float] = []
        own = least[self._own].tolist()
        try:
            return _compiled(self.recording)(parameters, phase, own, below), below
        except Exception:  # the long way meets it again, and says where
            return None


def straight_lines(system: System, leg: Leg) -> Mapping[int, StraightLine]:
    """Operations for each subject of a leg, where the equations are plain arithmetic on numbers."""
    if leg.objects is not None or not leg.n_subjects or not system.arithmetic(leg.set_of(0, 0)):
        return {}
    found = dict[int, StraightLine]()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for group in groups(system, leg):
                line = StraightLine(system, group.recording, group.like)
                found |= dict.fromkeys(group.people.tolist(), line)
        except Exception:  # equations may ask what a parameter is, or have no hash, and still run on numbers
            return {}
    return found


@lru_cache(maxsize=64)
def _compiled(recording: Recording) -> Callable[[Sequence[float], float, Sequence[float], list[float]], Rates]:
    """A function that binds the rates to somebody's parameters."""
    names = {"sqrt": math.sqrt, "cos": math.cos, "sin": math.sin, "inf": math.inf, "nan": math.nan}
    names["speed"] = 2 * math.pi / HOURS_PER_DAY
    exec(compile("\n".join(_text(recording)), "<straight line>", "exec"), names)
    found: Callable[..., Rates] = names["bound"]  # type: ignore[assignment]
    return found


def _text(recording: Recording) -> Iterator[str]:
    """Python, an operation a line unless one alone takes it up; what depends on parameters alone stands outside."""
    count, states = recording.parameters, [f"x{recording.parameters + k}" for k in range(len(recording.states))]
    once = set(range(count))
    taken_up = Counter([*recording.rates, *(x for _, (_, arguments) in recording.operations for x in arguments)])
    inside, within = list[str](), dict[Operand, str]()

    def name(operand: Operand) -> str:
        if isinstance(operand, Literal):
            return f"({operand.value!r})"
        return f"({within[operand]})" if operand in within else f"x{operand}"

    yield "def bound(p, phase, least, below):"
    yield from (f"    x{place} = p[{place}]" for place in sorted(once & recording.arguments))
    for place, (function, arguments) in recording.operations:
        written = _FORMS[function].template.format(*map(name, arguments))
        if all(isinstance(x, Literal) or x in once for x in arguments):
            once.add(place)
            yield f"    x{place} = {written}"
        elif taken_up[place] == 1 and len(written) < _LINE:
            within[place] = written
        else:
            inside.append(f"x{place} = {written}")
    yield "    def rates(y, time):"
    yield f"        [{', '.join(states)}] = y.tolist()"
    for number, state in enumerate(states):
        yield f"        if {state} < 0.0:"
        yield f"            if {state} < -least[{number}]: below.append(time)"
        yield f"            {state} = 0.0"
    rhythm, rate = recording.clock
    yield "        angle = speed * (time + phase)"
    yield f"        x{rhythm}, x{rate} = cos(angle), -speed * sin(angle)"
    yield from (f"        {line}" for line in inside)
    yield f"        return [{', '.join(map(name, recording.rates))}]"
    yield "    return rates"
