"""An opioid antagonist beside naltrexone: what it has of its own, and the model that this makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Literal

from ..base.errors import InputError
from ..base.units import amount, mass_concentration
from ..base.vocabulary import Term, filled, flatten, hints, nested
from ..dosing.phases import salt_of
from ..ledger.assumptions import BUNDLES, Assumptions
from ..ledger.parameters import ParameterSet, layered, rules_of
from ..population.variation import ledger_variability
from .dosable import Model
from .inlets import Compartment, Dosing, Inlet, constant
from .naltrexone import PLASMA
from .naltrexone import VARIABLES as OF_NALTREXONE
from .system import Daily, System
from .variables import Assay, Variable

_ALIKE = ("occupancy", "receptor_density", "peptide_level", "precursor")
"""Variables of naltrexone's that it has whole."""

_AXES = ("site", "rebound", "blockade")
"""Axes of the assumptions that it has; isomers, TLR4 and pooled exposure are naltrexone's."""


@dataclass(frozen=True)
class Antagonist:
    """What a drug has of its own.

    Attributes
    ----------
    name : str
        What it is called: its set in ``ldnsim/data/sets.csv``, and its level in plasma, which is the output
        ``drug.NAME`` of the equations.
    system : System
        Its equations, with a state ``drug`` for its amounts, in whose ``central`` it is measured, and others like
        naltrexone's.
    declared : type
        The ``NamedTuple`` of its parameters, with naltrexone's names; ``dose`` has ``mw_hcl`` and ``mw_base``.
    shared : frozenset of str
        Parameters that are taken to be those of people who take naltrexone.
    routes : callable
        ``routes(dose)`` gives, by route, the state that a dose enters and its lag [h], from the parameters ``dose``.
    labelled : {"base", "hcl"}
        As what its doses are labelled.
    """

    name: str
    system: System
    declared: Any
    shared: frozenset[str]
    routes: Callable[[Any], Mapping[str, tuple[str, Any]]]
    labelled: Literal["base", "hcl"] = "base"
    variables: Mapping[str, Variable] = field(init=False)

    def __post_init__(self) -> None:
        outputs = hints(self.system.outputs)["return"]
        effects = [term.name for term in flatten(outputs) if term.name.startswith("effects.")]
        amounts = [name for name in self.system.names if name.startswith("drug.")]
        own = {
            PLASMA: Variable("Plasma concentration, as an assay reads it", {"analyte": [self.name]}, [self._column]),
            "amount": Variable(
                "Amount in each compartment", {"compartment": [_last(name) for name in amounts]}, amounts
            ),
        }
        alike = {name: OF_NALTREXONE[name] for name in _ALIKE}
        every = {**own, **alike, **{_last(name): Variable("", {}, [name]) for name in effects}}
        object.__setattr__(self, "variables", every)

    @property
    def _column(self) -> str:
        return f"plasma_{self.name}"

    def model(self, assumptions: Assumptions | str) -> Model:
        """The model under some assumptions.

        Parameters
        ----------
        assumptions : Assumptions or str
            A bundle, or choices on the axes that it has.

        Returns
        -------
        Model
            Compartments are the routes, dosed in mg, and then one of the drug's name, observed in ng/mL.

        Raises
        ------
        InputError
            If an axis is chosen that it has not.
        """
        chosen = Assumptions.of(assumptions)
        if foreign := _foreign(assumptions, chosen):
            expected = f"no {' or '.join(foreign)}, of which {self.name} has none; {', '.join(_AXES)}"
            raise InputError("assumptions", assumptions if isinstance(assumptions, str) else chosen.name, expected)
        names = [term.name for term in flatten(self.declared)]
        axes = {axis: getattr(chosen, axis) for axis in _AXES}
        layers = ("base", *(f"{axis}:{choice}" for axis, choice in axes.items()), self.name)
        parameters = ParameterSet(layered(layers, names, self.shared), rules_of(self.declared))
        p = parameters.fill(self.declared)
        entering = self._entering(p.dose)
        return Model(
            self.name,
            self.system,
            partial(constant, p),
            None,
            entering.compartments,
            next(iter(self.routes(p.dose))),
            self.name,
            {self.name: self._column},
            Daily(0.0, p.endorphin.acrophase),
            entering.amount,
            {self._column: Assay(self._plasma, Term(self._column, "ng/mL", self.variables[PLASMA].meaning))},
            parameters=partial(constant, parameters),
            dosed=self._dosed,
            variables=self.variables,
            kept=tuple(name for name in _KEPT if name in self.variables),
            acrophase="endorphin.acrophase",
            amt_unit="mg",
            account=chosen.name,
            axes=axes,
            labelled=f"mg of {self.name} {_SAID[self.labelled]}",
            spread=ledger_variability(self.name),
        )

    def _dosed(self, values: Mapping[str, Any]) -> Dosing:
        dose = nested(self.declared, "dose")
        assert dose is not None
        return self._entering(filled(dose, [values[f"dose.{name}"] for name in dose._fields]))

    def _entering(self, dose: Any) -> Dosing:
        """Routes as compartments, a lag being that of an inlet, and where the drug is measured."""
        at = {name: (self.system.index(state), lag) for name, (state, lag) in self.routes(dose).items()}
        routes = [Compartment(name, (state,), (Inlet(state, 1.0, lag),)) for name, (state, lag) in at.items()]
        held = Compartment(self.name, (self.system.index("drug.central"),), ())
        return Dosing((*routes, held), partial(self._nanomoles, dose))

    def _nanomoles(self, dose: Any, _route: str, carried: Mapping[str, Any]) -> Any:
        """Amount of one mg [nmol], as its doses are labelled unless one is said to be of the other."""
        salt = salt_of(carried.get("SALT") or carried.get("salt") or self.labelled)
        return amount(1.0, dose.mw_hcl if salt == "hcl" else dose.mw_base)

    def _plasma(self, columns: Mapping[str, Any], p: Any) -> Any:
        return mass_concentration(columns[f"C_drug_{self.name}"], p.dose.mw_base)


_KEPT = (PLASMA, "occupancy", "functional_block", "receptor_density", "peptide_level", "tone")
"""Variables that are kept of a population where none are named."""

_SAID = {"base": "base", "hcl": "hydrochloride"}


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _foreign(assumptions: Assumptions | str, chosen: Assumptions) -> list[str]:
    """Axes that it has not and that were chosen: by a text that names them, or together as in no bundle."""
    beside = [axis for axis in asdict(chosen) if axis not in _AXES]
    if isinstance(assumptions, str):
        return [axis for axis in beside if axis in re.split("[,=\\s]+", assumptions)]
    apart = ([one for one in beside if getattr(chosen, one) != getattr(bundle, one)] for bundle in BUNDLES.values())
    return min(apart, key=len)
