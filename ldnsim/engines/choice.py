"""Which engine integrates: what a user names, or what `auto` takes; and what takes over where it gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..base.errors import InputError
from ..models.dosable import Model
from ..models.following import notice_changes
from ..models.system import System
from .batch import RTOL as BATCH_RTOL
from .batch import BatchEngine
from .compiled.codegen import Structure, structure
from .compiled.engine import CompiledEngine
from .course import Solver
from .exact import ExactEngine
from .leg import Engine, together
from .protocol import Protocol
from .reference import RTOL, Method, ReferenceEngine
from .tape import why_not_recorded

Name = Literal["compiled", "batch", "reference", "exact"]

USUAL_RTOL: Mapping[Name, float] = MappingProxyType(
    {"compiled": BATCH_RTOL, "batch": BATCH_RTOL, "reference": RTOL, "exact": RTOL}
)
"""Relative tolerance of each engine where none is said."""

_STEADY = 1e-10
"""Relative tolerance of the periods of a steady state, in which small errors add up."""

_ROUGH = 1e-7
"""Least relative tolerance of the first of them, which only lead near it."""


class Chosen(NamedTuple):
    """How a run is solved.

    Attributes
    ----------
    engine : str
        ``auto``, or which engine.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Method of the reference engine.
    rtol : float or None
        Relative tolerance; None for the usual one of the engine.
    made_for : Structure, optional
        What a compiled kernel is made for.
    threads : int, optional
        How many groups of subjects the compiled engine runs at once.
    wanted : tuple of int, optional
        States that will be read at the samples of runs that nothing interrupts; by default all.
    """

    engine: Literal["auto", "compiled", "batch", "reference", "exact"]
    method: Method = "LSODA"
    rtol: float | None = None
    made_for: Structure | None = None
    threads: int | None = None
    wanted: tuple[int, ...] | None = None


def solver_for(
    chosen: Chosen, model: Model, protocols: Sequence[Protocol], progress: Callable[[float], None] | None = None
) -> Solver:
    """The engines of a run.

    Parameters
    ----------
    chosen : Chosen
        What the user wants.
    model : Model
        The model.
    protocols : sequence of Protocol
        What happens, to whom.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Solver
        Engines and model.

    Raises
    ------
    InputError
        If an engine cannot do what is asked; the error names one that can.
    """
    system = model.system
    for declared in {one.sets.declared for one in protocols}:
        notice_changes(system, declared)
    refused = next((why for one in protocols if (why := one.sets.why_not_numbers())), "")
    if not refused and chosen.engine in ("batch", "compiled"):
        refused = next((why for one in protocols if (why := why_not_recorded(system, one.sets.declared))), "")
    name: Name
    if chosen.engine == "auto":
        name = "exact" if system.linear and not refused else "reference"
    else:
        name = chosen.engine
        if name != "reference" and refused:
            raise InputError("engine", name, refused)
        if name == "exact" and not system.linear:
            raise InputError("engine", name, "'reference', 'batch' or 'compiled', because the model is not linear")
    observed = model.compartment(model.observe, model.observe, model.name).states
    rescue = ReferenceEngine(system, chosen.method, RTOL)
    if name == "exact":
        exact = ExactEngine(system)
        return Solver(system, exact, exact, exact, rescue, observed)
    rtol = USUAL_RTOL[name] if chosen.rtol is None else chosen.rtol
    periods: Callable[[float], Engine]
    if name == "reference":
        periods, small = partial(ReferenceEngine, system, chosen.method), rtol
        engine: Engine = replace(rescue, rtol=rtol, progress=progress)
    elif name == "batch":
        periods, small = partial(BatchEngine, system), _STEADY
        engine = BatchEngine(system, rtol, wanted=chosen.wanted)
    else:
        made_for = chosen.made_for
        if made_for is None:
            made_for = structure(system, together([one.outline() for one in protocols]))
            if sum(one.n_subjects for one in protocols) == 1:
                # one person alone would fill one lane of many
                made_for = replace(made_for, lanes=1)
        periods, small = partial(CompiledEngine, system, made_for=made_for, threads=chosen.threads), _STEADY
        engine = periods(rtol)
    return Solver(system, engine, periods(small), periods(max(small, _ROUGH)), rescue, observed)


def usual_for_many(system: System, declared: type[NamedTuple]) -> Name:
    """The engine of a population where none is named, with parameters as they are declared."""
    if system.linear:
        return "exact"
    if system.stiff or why_not_recorded(system, declared):
        return "reference"
    return "compiled" if all(map(find_spec, ("numba", "sympy"))) else "batch"
