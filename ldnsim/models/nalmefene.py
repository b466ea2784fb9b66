"""The nalmefene model: its own kinetics, the receptors and peptides of naltrexone, no dextro isomer and no TLR4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..base.errors import InputError
from ..base.units import amount, mass_concentration
from ..base.vocabulary import Term, filled, flatten
from ..dosing.phases import salt_of
from ..endorphin import Clock, EndorphinParameters, PeptideState, daily_level, deficit, peptide_rates, tone
from ..forms import Number
from ..ledger.assumptions import BUNDLES, Assumptions
from ..ledger.parameters import ParameterSet, layered, rules_of
from ..pk import concentration
from ..population.variation import ledger_variability
from ..receptors import (
    DensityState,
    Occupancy,
    ReceptorParameters,
    SiteState,
    competition,
    density_rates,
    functional_block,
    occupancy,
    site_rates,
)
from .dosable import Model
from .inlets import Compartment, Dosing, Inlet
from .naltrexone import PEPTIDES, PLASMA, RECEPTORS
from .system import Daily, System
from .variables import Assay, Variable


class NalmefeneState(NamedTuple):
    """Amounts of nalmefene: where the drug is, and where it went.

    Attributes
    ----------
    depot : Number
        Drug in the gut lumen, ready to be absorbed [nmol].
    central : Number
        Nalmefene in the central compartment [nmol].
    peripheral : Number
        Nalmefene in the peripheral compartment [nmol].
    urine : Number
        Nalmefene excreted unchanged in urine since the start [nmol].
    other : Number
        Left by any other way since the start: not absorbed, or conjugated [nmol].
    """

    depot: Number
    central: Number
    peripheral: Number
    urine: Number
    other: Number


class State(NamedTuple):
    """State of one person: the drug, the receptors, the peptides."""

    drug: NalmefeneState
    site: SiteState
    density: DensityState
    peptide: PeptideState


class DoseParameters(NamedTuple):
    """What a dose is made of.

    Attributes
    ----------
    mw_hcl : Number
        Molar mass of nalmefene hydrochloride [g/mol].
    mw_base : Number
        Molar mass of nalmefene base, as which doses are labelled and plasma levels printed [g/mol].
    lag : Number
        Lag before a tablet gives up drug [h].
    """

    mw_hcl: Number
    mw_base: Number
    lag: Number


class PkParameters(NamedTuple):
    """Disposition and absorption of nalmefene.

    Attributes
    ----------
    ka : Number
        Absorption rate constant from the gut [1/h].
    fa : Number
        Fraction of a swallowed dose that crosses the gut wall [1].
    f : Number
        Oral bioavailability [1].
    cl : Number
        Clearance [L/h].
    clr : Number
        Renal clearance, part of the clearance [L/h].
    vc : Number
        Central volume [L].
    q : Number
        Clearance between central and peripheral compartment [L/h].
    vp : Number
        Peripheral volume [L].
    """

    ka: Number
    fa: Number
    f: Number
    cl: Number
    clr: Number
    vc: Number
    q: Number
    vp: Number


class Parameters(NamedTuple):
    """Parameters of one person."""

    dose: DoseParameters
    pk: PkParameters
    receptors: ReceptorParameters
    endorphin: EndorphinParameters


class Level(NamedTuple):
    """Plasma level.

    Attributes
    ----------
    nalmefene : Number
        Nalmefene in plasma [nM].
    """

    nalmefene: Number


class Effects(NamedTuple):
    """What follows from the state without delay.

    Attributes
    ----------
    functional_block : Number
        Fraction of a full mu agonist's effect that is blocked [1].
    tone : Number
        Net opioid tone relative to the untreated person [1].
    deficit : Number
        Lost signal that drives the rebound [1].
    beta_endorphin_daily : Number
        Beta-endorphin with its daily rhythm, relative to the untreated daily mean [1].
    """

    functional_block: Number
    tone: Number
    deficit: Number
    beta_endorphin_daily: Number


class Outputs(NamedTuple):
    """Outputs of one person, computed from the state at the same time."""

    drug: Level
    occupancy: Occupancy
    effects: Effects


def outputs(state: State, p: Parameters, clock: Clock) -> Outputs:
    """Everything that follows from a state without delay, as `ldnsim.model.outputs` for naltrexone.

    Parameters
    ----------
    state : State
        State of one person.
    p : Parameters
        Parameters.
    clock : Clock
        Where in the day we are.

    Returns
    -------
    Outputs
        Level, occupancy and effects.
    """
    room = competition(state.peptide.beta_endorphin, p.receptors.xe0)
    held = occupancy(state.site, room, p.receptors)
    signal = tone(state.density.mor, held.mor, state.peptide.beta_endorphin, room)
    return Outputs(
        drug=Level(concentration(state.drug.central, p.pk.vc)),
        occupancy=held,
        effects=Effects(
            functional_block=functional_block(held.mor, p.receptors.o50, p.receptors.h_block),
            tone=signal,
            deficit=deficit(signal),
            beta_endorphin_daily=state.peptide.beta_endorphin * daily_level(clock, p.endorphin),
        ),
    )


def drug_rates(a: NalmefeneState, p: PkParameters) -> NalmefeneState:
    """Rates of change of the amounts; they add up to zero.

    Parameters
    ----------
    a : NalmefeneState
        Amounts.
    p : PkParameters
        Parameters.

    Returns
    -------
    NalmefeneState
        Rate of each amount.
    """
    absorbed = p.ka * a.depot
    eliminated = p.cl / p.vc * a.central
    renal = p.clr / p.vc * a.central
    to_peripheral = p.q / p.vc * a.central - p.q / p.vp * a.peripheral
    return NalmefeneState(
        depot=-absorbed,
        central=p.f * absorbed - eliminated - to_peripheral,
        peripheral=to_peripheral,
        urine=renal,
        other=(1 - p.f) * absorbed + eliminated - renal,
    )


def rates(state: State, p: Parameters, clock: Clock) -> State:
    """Rate of change of the whole state between events.

    Parameters
    ----------
    state : State
        State of one person.
    p : Parameters
        Parameters.
    clock : Clock
        Where in the day we are.

    Returns
    -------
    State
        Rate of each state.
    """
    now = outputs(state, p, clock)
    room = competition(state.peptide.beta_endorphin, p.receptors.xe0)
    return State(
        drug=drug_rates(state.drug, p.pk),
        # its glucuronide is without effect, so that no metabolite stands beside the drug
        site=site_rates(state.site, now.drug.nalmefene, 0, room, p.receptors),
        density=density_rates(state.density, now.occupancy, p.receptors),
        peptide=peptide_rates(state.peptide, now.effects.deficit, state.site.mor, clock, p.endorphin),
    )


NALMEFENE = System(State, rates, outputs)
"""The equations with their layout."""

SHARED = frozenset(
    (
        *("receptors.xe0", "receptors.ks", "receptors.kdeg", "receptors.o50", "receptors.h_block"),
        *(f"endorphin.{name}" for name in EndorphinParameters._fields),
    )
)
"""Parameters that are taken to be those of people who take naltrexone: of the receptors, peptides and rebound."""

VARIABLES: Mapping[str, Variable] = {
    PLASMA: Variable("Plasma concentration, as an assay reads it", {"analyte": ["nalmefene"]}, ["plasma_nalmefene"]),
    "amount": Variable(
        "Amount in each compartment",
        {"compartment": list(NalmefeneState._fields)},
        [f"drug.{name}" for name in NalmefeneState._fields],
    ),
    "occupancy": Variable(
        "Fraction of receptors held by the drug", {"receptor": RECEPTORS}, [f"occupancy.{one}" for one in RECEPTORS]
    ),
    "receptor_density": Variable(
        "Receptors relative to the untreated baseline", {"receptor": RECEPTORS}, [f"density.{one}" for one in RECEPTORS]
    ),
    "peptide_level": Variable(
        "Peptide relative to the untreated person at the same clock time",
        {"peptide": PEPTIDES},
        [f"peptide.{one}" for one in PEPTIDES],
    ),
    "precursor": Variable("", {}, ["peptide.precursor"]),
    **{name: Variable("", {}, [f"effects.{name}"]) for name in Effects._fields},
}
"""Every variable of a result, in order."""


def nalmefene(assumptions: Assumptions | str = "popular") -> Model:
    """The nalmefene model under some assumptions.

    Doses are in mg of the base, as its labels say them. Kinetics are those of Kyhl et al., Br J Clin Pharmacol
    81:290 (2016); receptors, peptides and rebound are those of the naltrexone model.

    Parameters
    ----------
    assumptions : Assumptions or str
        ``"popular"``, ``"measured"``, or choices on the axes that it has: ``site`` and ``rebound``, see `Assumptions`.

    Returns
    -------
    Model
        Compartments ``oral`` (1), ``intravenous`` (2), dosed in mg, and ``nalmefene`` (3), observed in ng/mL.

    Raises
    ------
    InputError
        If an axis is chosen that it has not.

    Examples
    --------
    >>> import ldnsim
    >>> run = ldnsim.simulate("18 mg at 22:00", model=nalmefene("measured"))
    >>> round(float(run.data.plasma.max()), 1)
    11.4
    """
    chosen = Assumptions.of(assumptions)
    for axis in ("isomers", "tlr4", "exposure"):
        if getattr(chosen, axis) not in {getattr(bundle, axis) for bundle in BUNDLES.values()}:
            raise InputError("assumptions", chosen.name, f"no {axis}, of which nalmefene has none; site and rebound")
    names = [term.name for term in flatten(Parameters)]
    layers = ("base", f"site:{chosen.site}", f"rebound:{chosen.rebound}", "nalmefene")
    parameters = ParameterSet(layered(layers, names, SHARED), rules_of(Parameters))
    p: Parameters = parameters.fill(Parameters)
    dose = [f"dose.{name}" for name in DoseParameters._fields]
    held = Compartment("nalmefene", (NALMEFENE.index("drug.central"),), ())

    def dosed(values: Mapping[str, Any]) -> Dosing:
        own = filled(DoseParameters, [values[name] for name in dose])
        return Dosing((*_routes(own), held), lambda _, carried: _nanomoles(own, carried))

    return Model(
        "nalmefene",
        NALMEFENE,
        lambda _: p,
        None,
        (*_routes(p.dose), held),
        "oral",
        "nalmefene",
        {"nalmefene": "plasma_nalmefene"},
        Daily(0.0, p.endorphin.acrophase),
        lambda _, carried: _nanomoles(p.dose, carried),
        {"plasma_nalmefene": Assay(_plasma, Term("plasma_nalmefene", "ng/mL", VARIABLES[PLASMA].meaning))},
        parameters=lambda _: parameters,
        dosed=dosed,
        variables=VARIABLES,
        kept=(PLASMA, "occupancy", "receptor_density", "peptide_level", "tone"),
        acrophase="endorphin.acrophase",
        amt_unit="mg",
        account=chosen.name,
        axes={"site": chosen.site, "rebound": chosen.rebound},
        labelled="mg of nalmefene base",
        spread=ledger_variability("nalmefene"),
    )


def _routes(p: DoseParameters) -> tuple[Compartment, ...]:
    """Routes as compartments; a tablet's lag is that of its inlet."""
    to = {"oral": ("drug.depot", p.lag), "intravenous": ("drug.central", 0.0)}
    return tuple(
        Compartment(name, (NALMEFENE.index(state),), (Inlet(NALMEFENE.index(state), 1.0, lag),))
        for name, (state, lag) in to.items()
    )


def _nanomoles(p: DoseParameters, carried: Mapping[str, Any]) -> Any:
    """Amount of one mg [nmol]: of the base, unless a dose is said to be of the hydrochloride."""
    salt = salt_of(carried.get("SALT") or carried.get("salt") or "base")
    return amount(1.0, p.mw_hcl if salt == "hcl" else p.mw_base)


def _plasma(columns: Mapping[str, Any], p: Parameters) -> Any:
    return mass_concentration(columns["C_drug_nalmefene"], p.dose.mw_base)
