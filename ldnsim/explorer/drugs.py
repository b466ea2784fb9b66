"""Drugs that a scenario can be of, and which of its fields each of them has, as their models say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..models import DRUGS, NALTREXONE
from ..models.dosable import Model
from ..population.covariates import levels, references
from ..study.asking import account_for

NAMES = (NALTREXONE, *DRUGS)
"""Drugs of the explorer, the usual one first."""

FORMULATION = ("capsule", "liquid", "sublingual", "extended-release", "depot", "intravenous")
"""How a dose is given, in the words of `Regimen.parse`."""

COVARIATES: Mapping[str, Any] = MappingProxyType(
    {
        "weight": references()["weight"][0],
        "liver": levels()["liver"][0],
        "creatinine_clearance": references()["creatinine_clearance"][0],
    }
)
"""What can be known of a person, and what the typical one has [kg, -, mL/min]."""

DOSES: Mapping[str, tuple[float, float]] = MappingProxyType({NALTREXONE: (4.5, 10.0), "nalmefene": (18.0, 40.0)})
"""What a page of a drug opens with, a low dose of naltrexone and a tablet of others, and where its slider ends [mg]."""


class Taken(NamedTuple):
    """What can be said of a drug that is taken.

    Attributes
    ----------
    absent : tuple of str
        Fields of a scenario and axes of the assumptions that it has not.
    formulation : tuple of str
        Those of `FORMULATION` that it has.
    variables : tuple of str or None
        What its results can hold; None for all.
    analytes : tuple of str
        What is measured of it in plasma; none where the panels of the library name it.
    """

    absent: tuple[str, ...]
    formulation: tuple[str, ...]
    variables: tuple[str, ...] | None
    analytes: tuple[str, ...]


@cache
def taken(drug: str) -> Taken:
    """What can be said of a drug.

    Parameters
    ----------
    drug : str
        One of `NAMES`.

    Returns
    -------
    Taken
        Read off its model.

    Examples
    --------
    >>> taken("nalmefene").formulation
    ('capsule', 'intravenous')
    """
    if drug == NALTREXONE:
        return Taken((), FORMULATION, None, ())
    model = DRUGS[drug]("popular")
    axes = [one.name for one in fields(Assumptions) if one.name not in model.axes]
    unknown = [name for name, usual in COVARIATES.items() if not _fits(_known, model, {name: usual})]
    routes = {one: Regimen.parse(f"1 mg {one} once").dosing()[0].route for one in FORMULATION}
    variables = model.variables or {}
    return Taken(
        (*unknown, *axes),
        tuple(one for one, route in routes.items() if _fits(model.route, route)),
        tuple(variables),
        tuple(variables["plasma"].dims["analyte"]),
    )


def _known(model: Model, covariates: Mapping[str, object]) -> None:
    account_for(
        model, None, assumptions="popular", condition="healthy", cell="microglia", parameters=None, source="",
        covariates=covariates,
    )  # fmt: skip


def _fits(check: Callable[..., object], *given: object) -> bool:
    try:
        check(*given)
    except InputError:
        return False
    return True
