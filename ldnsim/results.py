"""From a trajectory to a labelled dataset: dimensions, units, meaning and evidence of every variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .model import Outputs, Parameters, outputs
from .parameters import ParameterSet
from .pk import Delivery
from .provenance import dependencies, evidence
from .solve.timeline import Trajectory
from .system import NALTREXONE, Daily
from .units import HOURS_PER_DAY, mass_concentration
from .vocabulary import Term, flatten

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

_BETWEEN = "; "
"""Between the targets of one variable in its attribute ``tuned_to``."""

_FOLDS = ["fold_tnf", "fold_il6", "fold_il1b", None, "fold_sp"]


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
        ``weakest_evidence`` and, where something was tuned, ``tuned_to``.
    """
    import xarray as xr

    p = parameters.fill(Parameters)
    found = outputs(NALTREXONE.pack(trajectory.states), p, daily.at(trajectory.time))
    series: dict[str, Any] = dict(zip(NALTREXONE.names, trajectory.states, strict=True))
    terms: dict[str, Term] = {term.name: term for term in NALTREXONE.terms}
    for term in flatten(Outputs):
        component, name = term.name.split(".")
        series[term.name] = np.broadcast_to(getattr(getattr(found, component), name), trajectory.time.shape)
        terms[term.name] = term
    behind = dependencies(parameters, deliveries, entered)
    variables = {}
    for name, variable in VARIABLES.items():
        shape = [len(labels) for labels in variable.dims.values()]
        values = np.array([series[part] for part in variable.parts]).reshape(*shape, -1)
        about = {
            "long_name": variable.meaning or terms[variable.parts[0]].meaning,
            "units": terms[variable.parts[0]].unit,
            **_evidence_of(variable.parts, behind, parameters),
        }
        variables[name] = ((*variable.dims, "time"), values, about)
    measured = VARIABLES["concentration"].parts
    total = [
        mass_concentration(series[f"levo.{analyte}"] + series[f"dextro.{analyte}"], parameters[f"dose.{mass}"].value)
        for analyte, mass in zip(ANALYTES, ("mw_base", "mw_bnx6"), strict=True)
    ]
    about = {
        "long_name": "Plasma concentration, both isomers together, as an assay reads it",
        "units": "ng/mL",
        **_evidence_of(measured, behind, parameters),
    }
    labels = {dim: names for variable in VARIABLES.values() for dim, names in variable.dims.items()}
    clock = (trajectory.time + daily.start) % HOURS_PER_DAY
    folds = [1.0 if fold is None else parameters[f"outcomes.{fold}"].value for fold in _FOLDS]
    return xr.Dataset(
        {"plasma": (("analyte", "time"), np.array(total), about), **variables},
        coords={
            "time": ("time", trajectory.time, {"units": "h", "long_name": "Time since the start of the regimen"}),
            "clock": ("time", clock, {"units": "h", "long_name": "Hour of the day"}),
            "side": ("time", trajectory.side, {"long_name": "-1 just before an event, +1 just after, 0 elsewhere"}),
            "fold_over_healthy": (
                "mediator",
                folds,
                {"units": "1", "long_name": "Untreated level of the condition relative to healthy people"},
            ),
            **labels,
        },
        attrs=dict(attributes),
    )


def _evidence_of(
    parts: Iterable[str], behind: Mapping[str, frozenset[str]], parameters: ParameterSet
) -> dict[str, str]:
    found = evidence(frozenset().union(*(behind[part] for part in parts)), parameters)
    about = {"weakest_evidence": found.weakest, "depends_on": " ".join(found.parameters)}
    if found.targets:
        about["tuned_to"] = _BETWEEN.join(found.targets)
    return about


def targets_behind(data: xr.Dataset, names: Iterable[str]) -> tuple[str, ...]:
    """What parameters behind some variables were tuned to, each once.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    names : iterable of str
        Variables.

    Returns
    -------
    tuple of str
        Targets in the order of the variables.
    """
    found = (data[name].attrs.get("tuned_to", "").split(_BETWEEN) for name in names)
    return tuple(dict.fromkeys(target for targets in found for target in targets if target))
