"""From a trajectory to a labelled dataset: dimensions, units, meaning and evidence of every variable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY, mass_concentration
from ..base.vocabulary import Term, flatten
from ..ledger.parameters import ParameterSet
from ..model import Outputs, Parameters, outputs
from ..models.system import NALTREXONE, Daily
from ..pk import Delivery
from .provenance import attributes, dependencies, evidence

if TYPE_CHECKING:
    import xarray as xr


class Variable(NamedTuple):
    """Where a variable of the dataset comes from.

    Attributes
    ----------
    meaning : str
        Long name; empty to take the vocabulary's.
    dims : dict of str to list of str
        Extra dimensions with their labels.
    parts : list of str
        Names of states or outputs, in the order of the flattened dimensions.
    """

    meaning: str
    dims: dict[str, list[str]]
    parts: list[str]


class Trajectory(NamedTuple):
    """States over time.

    Attributes
    ----------
    time : ndarray, shape (n_times,)
        Sample times, twice at each event [h].
    side : ndarray of int8, shape (n_times,)
        -1 just before an event, +1 just after, 0 elsewhere.
    states : ndarray, shape (n_states, n_times)
        States in the order of the system.
    """

    time: NDArray[np.float64]
    side: NDArray[np.int8]
    states: NDArray[np.float64]


ISOMERS = ["levo", "dextro"]
ANALYTES = ["ntx", "bnx6"]
RECEPTORS = ["mor", "dor", "kor"]
PEPTIDES = ["beta_endorphin", "met_enkephalin"]
MEDIATORS = ["tnf", "il6", "il1b", "no", "sp"]

_COMPARTMENTS = [name.removeprefix("levo.") for name in NALTREXONE.names if name.startswith("levo.")]


def _over(component: str, labels: list[str]) -> list[str]:
    return [f"{component}.{label}" for label in labels]


VARIABLES: dict[str, Variable] = {
    "amount": Variable(
        "Amount in each compartment",
        {"isomer": ISOMERS, "compartment": _COMPARTMENTS},
        [name for isomer in ISOMERS for name in _over(isomer, _COMPARTMENTS)],
    ),
    "concentration": Variable(
        "Plasma concentration of each isomer",
        {"isomer": ISOMERS, "analyte": ANALYTES},
        [name for isomer in ISOMERS for name in _over(f"{isomer}", ANALYTES)],
    ),
    "occupancy": Variable(
        "Fraction of receptors held by the drug", {"receptor": RECEPTORS}, _over("occupancy", RECEPTORS)
    ),
    "receptor_density": Variable(
        "Receptors relative to the untreated baseline", {"receptor": RECEPTORS}, _over("density", RECEPTORS)
    ),
    "bound_plasma_site": Variable(
        "Fraction of receptors held in the plasma view", {"receptor": RECEPTORS}, _over("site", RECEPTORS)
    ),
    "biophase_fast": Variable("", {}, ["site.fast"]),
    "biophase_slow": Variable("", {}, ["site.slow"]),
    "precursor": Variable("", {}, ["peptide.precursor"]),
    "peptide_level": Variable(
        "Peptide relative to the untreated person at the same clock time",
        {"peptide": PEPTIDES},
        _over("peptide", PEPTIDES),
    ),
    "blocked_share": Variable("", {}, ["peptide.blocked_share"]),
    "activation": Variable(
        "Activation of TLR4-bearing cells relative to baseline",
        {"branch": ["trif", "nfkb"]},
        ["tlr4.trif", "tlr4.nfkb"],
    ),
    "mediator_level": Variable(
        "Inflammatory messenger relative to the untreated baseline", {"mediator": MEDIATORS}, _over("tlr4", MEDIATORS)
    ),
    "endotoxin_drive": Variable("", {}, ["tlr4.lps5"]),
    **{
        name: Variable("", {}, [f"effects.{name}"])
        for name in (
            "functional_block",
            "tone",
            "deficit",
            "beta_endorphin_daily",
            "growth",
            "tlr4_level",
            "tlr4_inhibition",
            "cytokine_index",
            "pain_fall",
        )
    },
}
"""Every variable of a result, in order."""

_FOLDS = ["fold_tnf", "fold_il6", "fold_il1b", None, "fold_sp"]


PLASMA = "plasma"
"""The variable that an assay reads."""


def dims_of(name: str) -> dict[str, list[str]]:
    """Dimensions of a variable beside time, with their labels."""
    return {"analyte": ANALYTES} if name == PLASMA else VARIABLES[name].dims


def columns_of(names: Iterable[str]) -> int:
    """How many numbers some variables have at each sample."""
    return sum(math.prod(map(len, dims_of(name).values())) for name in names)


def series_of(states: Sequence[Any], p: Any, clock: Any) -> dict[str, Any]:
    """States and all that follows from them, by dotted name, and what an assay reads.

    Parameters
    ----------
    states : sequence of ndarray
        One array a state.
    p : Parameters
        Numbers, or arrays that go with those of the states.
    clock : Clock
        Where in the day each sample is.

    Returns
    -------
    dict of str to ndarray
        Amounts, levels and effects in the model's units, ``plasma.ntx`` and ``plasma.bnx6`` [ng/mL].
    """
    found = outputs(NALTREXONE.pack(states), p, clock)
    series: dict[str, Any] = dict(zip(NALTREXONE.names, states, strict=True))
    for term in flatten(Outputs):
        component, name = term.name.split(".")
        series[term.name] = getattr(getattr(found, component), name)
    for analyte, mass in zip(ANALYTES, (p.dose.mw_base, p.dose.mw_bnx6), strict=True):
        both = series[f"levo.{analyte}"] + series[f"dextro.{analyte}"]
        series[f"{PLASMA}.{analyte}"] = mass_concentration(both, mass)
    return series


def shown_parts(name: str) -> list[str]:
    """Names of the series of a variable, as `series_of` has them."""
    return [f"{PLASMA}.{analyte}" for analyte in ANALYTES] if name == PLASMA else VARIABLES[name].parts


def described(
    parameters: ParameterSet, deliveries: Sequence[Delivery], entered: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Meaning, unit and evidence of every variable.

    Parameters
    ----------
    parameters : ParameterSet
        Parameters with their evidence.
    deliveries : sequence of Delivery
        How the doses enter, on traced dose parameters.
    entered : iterable of str
        Other states that something enters.

    Returns
    -------
    dict of str to dict
        ``long_name``, ``units``, ``weakest_evidence``, ``depends_on`` and, where something was tuned, ``tuned_to``.
        Where there are several labels, the three also of each, such as ``weakest_evidence_mor``; without a label
        they are of all labels together. `ldnsim.results.behind.evidence_of` reads them.
    """
    terms: dict[str, Term] = {term.name: term for term in (*NALTREXONE.terms, *flatten(Outputs))}
    behind = dependencies(parameters, deliveries, entered)
    found = {
        PLASMA: {
            "long_name": "Plasma concentration, both isomers together, as an assay reads it",
            "units": "ng/mL",
            **_evidence_of(PLASMA, behind, parameters),
        }
    }
    for name, variable in VARIABLES.items():
        first = terms[variable.parts[0]]
        found[name] = {
            "long_name": variable.meaning or first.meaning,
            "units": first.unit,
            **_evidence_of(name, behind, parameters),
        }
    return found


def coordinates(
    time: NDArray[np.float64], side: NDArray[np.int8], clock_start: float, parameters: ParameterSet
) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """Coordinates of a result, as xarray takes them.

    Parameters
    ----------
    time, side : ndarray, shape (n_times,)
        Sample times [h] and on which side of an event they are.
    clock_start : float
        Hour of the day at time 0 [h].
    parameters : ParameterSet
        Parameters.

    Returns
    -------
    dict of str to (str, array_like, dict)
        Dimension, values and attributes of each.
    """
    labels: dict[str, tuple[str, Any, dict[str, str]]] = {
        dim: (dim, names, {}) for variable in VARIABLES.values() for dim, names in variable.dims.items()
    }
    folds = [1.0 if fold is None else parameters[f"outcomes.{fold}"].value for fold in _FOLDS]
    return {
        "time": ("time", time, {"units": "h", "long_name": "Time since the start of the regimen"}),
        "clock": ("time", (time + clock_start) % HOURS_PER_DAY, {"units": "h", "long_name": "Hour of the day"}),
        "side": ("time", side, {"long_name": "-1 just before an event, +1 just after, 0 elsewhere"}),
        "fold_over_healthy": (
            "mediator",
            folds,
            {"units": "1", "long_name": "Untreated level of the condition relative to healthy people"},
        ),
        **labels,
    }


def dataset(
    trajectory: Trajectory,
    parameters: ParameterSet,
    daily: Daily,
    deliveries: Sequence[Delivery],
    entered: Iterable[str],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """A labelled dataset of one person.

    Parameters
    ----------
    trajectory : Trajectory
        States over time.
    parameters : ParameterSet
        Parameters with their evidence.
    daily : Daily
        The daily cycle.
    deliveries : sequence of Delivery
        How the doses enter, on traced dose parameters.
    entered : iterable of str
        Other states that something enters.
    attributes : mapping
        Attributes of the dataset.

    Returns
    -------
    xarray.Dataset
        Dimension ``time`` with coordinates ``clock`` (hour of the day) and ``side`` (-1 just before
        an event, +1 just after, 0 elsewhere). Every variable carries ``units``, ``long_name``,
        ``weakest_evidence`` and, where something was tuned, ``tuned_to``, also of each label, see `described`.
    """
    import xarray as xr

    series = series_of(list(trajectory.states), parameters.fill(Parameters), daily.at(trajectory.time))
    shape = trajectory.time.shape
    variables = {}
    for name, about in described(parameters, deliveries, entered).items():
        dims = dims_of(name)
        values = np.array([np.broadcast_to(series[part], shape) for part in shown_parts(name)])
        variables[name] = ((*dims, "time"), values.reshape(*map(len, dims.values()), -1), about)
    coords = coordinates(trajectory.time, trajectory.side, daily.start, parameters)
    return xr.Dataset(variables, coords=coords, attrs=dict(attributes))


def _evidence_of(name: str, behind: Mapping[str, frozenset[str]], parameters: ParameterSet) -> dict[str, str]:
    """Evidence of a variable, and under names with a label behind them of each label where there are several."""
    several = _behind_labels(name, behind)
    ends = {"": frozenset[str]().union(*several.values())}
    if len(several) > 1:
        ends |= several
    about: dict[str, str] = {}
    for end, names in ends.items():
        about |= attributes(evidence(names, parameters), end)
    return about


def _behind_labels(name: str, behind: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Parameters behind each label of a variable, by what its attributes end with."""
    if name != PLASMA:
        labels = product(*VARIABLES[name].dims.values())
        return {suffix(one): behind[part] for one, part in zip(labels, VARIABLES[name].parts, strict=True)}
    masses = {"ntx": "dose.mw_base", "bnx6": "dose.mw_bnx6"}
    return {
        suffix((analyte,)): frozenset({masses[analyte]}).union(*(behind[f"{isomer}.{analyte}"] for isomer in ISOMERS))
        for analyte in ANALYTES
    }


def suffix(labels: Iterable[str]) -> str:
    """What the name of an attribute ends with that is about some labels alone, such as ``_mor``."""
    return "".join(f"_{label}" for label in labels)
