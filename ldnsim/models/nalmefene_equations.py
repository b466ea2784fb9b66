"""The nalmefene model's equations: its own kinetics, with the receptors and peptides of naltrexone (equations only)."""

from typing import NamedTuple

from ..endorphin import Clock, EndorphinParameters, PeptideState, daily_level, deficit, peptide_rates, tone
from ..forms import Number
from ..pk import concentration, crossing
from ..receptor_turnover import DensityState, density_rates
from ..receptors import (
    Occupancy,
    Outside,
    ReceptorParameters,
    SiteState,
    competition,
    functional_block,
    occupancy,
    outside,
    site_rates,
)


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
        Fraction of a full mu agonist's effect that is blocked, as 25 mg of heroin sees it [1].
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
    outside: Outside
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
    level = concentration(state.drug.central, p.pk.vc)
    room = competition(state.peptide.beta_endorphin, p.receptors.xe0)
    held = occupancy(state.site, room, p.receptors)
    signal = tone(state.density.mor, held.mor, state.peptide.beta_endorphin, room)
    return Outputs(
        drug=Level(level),
        occupancy=held,
        # its glucuronide is without effect, so that no metabolite stands beside the drug
        outside=outside(level, 0 * level, crossing(state.drug.depot, p.pk.ka, p.pk.fa), room, p.receptors),
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
        site=site_rates(state.site, now.drug.nalmefene, 0 * now.drug.nalmefene, room, p.receptors),
        density=density_rates(state.density, now.occupancy, now.outside, p.receptors),
        peptide=peptide_rates(state.peptide, now.effects.deficit, now.occupancy.ogfr, clock, p.endorphin),
    )
