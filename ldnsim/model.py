"""The naltrexone model: the components put together (equations only)."""

from typing import NamedTuple

from .endorphin import (
    Clock,
    EndorphinParameters,
    PeptideState,
    daily_level,
    deficit,
    growth,
    growth_factor_receptors,
    growth_factor_signal,
    peptide_rates,
    tone,
)
from .forms import Number
from .outcomes import OutcomeParameters, pain_fall
from .pk import DoseParameters, PkParameters, PkState, concentration, crossing, pk_rates
from .receptor_turnover import DensityState, density_rates
from .receptors import (
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
from .tlr4 import Tlr4Parameters, Tlr4State, cytokine_index, inhibition, tlr4_level, tlr4_rates


class State(NamedTuple):
    """State of one person: two isomers, the receptors, the peptides, the cascade."""

    levo: PkState
    dextro: PkState
    site: SiteState
    density: DensityState
    peptide: PeptideState
    tlr4: Tlr4State


class Parameters(NamedTuple):
    """Parameters of one person."""

    dose: DoseParameters
    pk: PkParameters
    receptors: ReceptorParameters
    endorphin: EndorphinParameters
    tlr4: Tlr4Parameters
    outcomes: OutcomeParameters


class Levels(NamedTuple):
    """Plasma levels of one isomer.

    Attributes
    ----------
    ntx : Number
        Naltrexone in plasma [nM].
    bnx6 : Number
        6-beta-naltrexol in plasma [nM].
    """

    ntx: Number
    bnx6: Number


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
    tone_periphery : Number
        Net opioid tone outside the brain relative to the untreated person [1].
    tone_gut : Number
        Net opioid tone in the gut wall relative to the untreated person [1].
    ogfr_density : Number
        Receptors of the growth factor relative to the untreated baseline (from mice) [1].
    ogf_tone : Number
        Tone of the growth factor relative to the untreated person [1].
    growth : Number
        Cell growth relative to the untreated baseline (illustrative, from mice) [1].
    lymphocytes : Number
        Proliferation of lymphocytes relative to a healthy untreated person (illustrative, from cells of mice) [1].
    tlr4_level : Number
        Free drug at TLR4-bearing cells, in units of the dextro isomer [nM].
    tlr4_inhibition : Number
        Inhibited fraction of TLR4 [1].
    cytokine_index : Number
        Mean of three cytokines relative to the untreated baseline [1].
    pain_fall : Number
        Fall of a 0-10 pain score that the drug adds to placebo (exploratory) [1].
    """

    functional_block: Number
    tone: Number
    deficit: Number
    beta_endorphin_daily: Number
    tone_periphery: Number
    tone_gut: Number
    ogfr_density: Number
    ogf_tone: Number
    growth: Number
    lymphocytes: Number
    tlr4_level: Number
    tlr4_inhibition: Number
    cytokine_index: Number
    pain_fall: Number


class Outputs(NamedTuple):
    """Outputs of one person, computed from the state at the same time."""

    levo: Levels
    dextro: Levels
    occupancy: Occupancy
    outside: Outside
    effects: Effects


def outputs(state: State, p: Parameters, clock: Clock) -> Outputs:
    """Everything that follows from a state without delay.

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
        Levels, occupancy and effects.
    """
    levo = Levels(concentration(state.levo.central, p.pk.vc), concentration(state.levo.bnx6_central, p.pk.vcm))
    dextro = Levels(concentration(state.dextro.central, p.pk.vc), concentration(state.dextro.bnx6_central, p.pk.vcm))
    peptide = state.peptide.beta_endorphin
    room = competition(peptide, p.receptors.xe0)
    held = occupancy(state.site, room, p.receptors)
    away = outside(levo.ntx, levo.bnx6, crossing(state.levo.depot, p.pk.ka, p.pk.fa), room, p.receptors)
    signal = tone(state.density.mor, held.mor, peptide, room)
    ogfr_density = growth_factor_receptors(state.peptide.blocked_share, p.endorphin)
    ogf_tone = ogfr_density * growth_factor_signal(held.ogfr, state.peptide.met_enkephalin)
    at_cells = tlr4_level(dextro.ntx, levo.ntx, p.receptors.fu, p.tlr4)
    index = cytokine_index(state.tlr4.tnf, state.tlr4.il6, state.tlr4.il1b)
    return Outputs(
        levo=levo,
        dextro=dextro,
        occupancy=held,
        outside=away,
        effects=Effects(
            functional_block=functional_block(held.mor, p.receptors.o50, p.receptors.h_block),
            tone=signal,
            deficit=deficit(signal),
            beta_endorphin_daily=peptide * daily_level(clock, p.endorphin),
            tone_periphery=tone(state.density.periphery, away.periphery, peptide, room),
            tone_gut=tone(state.density.gut, away.gut, peptide, room),
            ogfr_density=ogfr_density,
            ogf_tone=ogf_tone,
            growth=growth(ogf_tone, p.endorphin.growth_cap, p.endorphin),
            lymphocytes=growth(p.outcomes.fold_ogf * ogf_tone, p.endorphin.lymphocyte_cap, p.endorphin),
            tlr4_level=at_cells,
            tlr4_inhibition=inhibition(at_cells, peptide, p.tlr4),
            cytokine_index=index,
            pain_fall=pain_fall(index, p.outcomes.pain_gain),
        ),
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
        levo=pk_rates(state.levo, p.pk),
        dextro=pk_rates(state.dextro, p.pk),
        site=site_rates(state.site, now.levo.ntx, now.levo.bnx6, room, p.receptors),
        density=density_rates(state.density, now.occupancy, now.outside, p.receptors),
        peptide=peptide_rates(state.peptide, now.effects.deficit, now.occupancy.ogfr, clock, p.endorphin),
        tlr4=tlr4_rates(state.tlr4, now.effects.tlr4_inhibition, p.tlr4),
    )
