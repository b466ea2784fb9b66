"""Endorphin, enkephalin and the opioid growth factor: the rebound (equations only)."""

from typing import NamedTuple

from .forms import Number, cap, positive_part


class PeptideState(NamedTuple):
    """Endogenous opioid peptides relative to the untreated person at the same clock time.

    Attributes
    ----------
    precursor : Number
        Capacity to make beta-endorphin (POMC) relative to baseline [1].
    proenkephalin : Number
        Capacity to make met-enkephalin (PENK) relative to baseline [1].
    beta_endorphin : Number
        Beta-endorphin relative to the untreated person at the same clock time [1].
    met_enkephalin : Number
        Met-enkephalin, the opioid growth factor, relative to baseline [1].
    blocked_share : Number
        Running share of time that the growth factor's receptor is blocked [1].
    """

    precursor: Number
    proenkephalin: Number
    beta_endorphin: Number
    met_enkephalin: Number
    blocked_share: Number


class EndorphinParameters(NamedTuple):
    """Peptide turnover, rebound and growth.

    Attributes
    ----------
    kp : Number
        Turnover rate constant of the precursor [1/h].
    rho : Number
        Rise of the precursor per unit of lost signal [1].
    g : Number
        Rise of peptide release per unit of lost signal [1].
    kout_bend : Number
        Loss rate constant of beta-endorphin [1/h].
    kout_menk : Number
        Loss rate constant of met-enkephalin [1/h].
    amplitude : Number
        Daily swing of beta-endorphin about its mean, as a fraction of the mean [1].
    acrophase : Number
        Clock time of the daily peak of beta-endorphin [h].
    km : Number
        Rate constant at which the running blocked share follows [1/h].
    growth_up : Number
        Largest rise of the growth factor's receptors by being blocked part of the time [1].
    growth_d50 : Number
        Blocked share of half that rise [1].
    growth_tonic : Number
        Share of growth that the growth factor normally holds back [1].
    growth_cap : Number
        Largest share of growth that it can hold back [1].
    lymphocyte_cap : Number
        Largest share of the proliferation of lymphocytes that it can hold back [1].
    """

    kp: Number
    rho: Number
    g: Number
    kout_bend: Number
    kout_menk: Number
    amplitude: Number
    acrophase: Number
    km: Number
    growth_up: Number
    growth_d50: Number
    growth_tonic: Number
    growth_cap: Number
    lymphocyte_cap: Number


class Clock(NamedTuple):
    """Where in the day we are, computed outside the equations.

    Attributes
    ----------
    rhythm : Number
        Cosine of the daily cycle, 1 at the acrophase [1].
    rhythm_rate : Number
        Its rate of change [1/h].
    """

    rhythm: Number
    rhythm_rate: Number


def tone(density: Number, held: Number, peptide: Number, room: Number) -> Number:
    """Endogenous signal through the mu receptor relative to baseline.

    Parameters
    ----------
    density : Number
        Mu receptors relative to baseline [1].
    held : Number
        Fraction of them held by the drug [1].
    peptide : Number
        Beta-endorphin relative to baseline [1].
    room : Number
        Saturation by the peptide itself, see `receptors.competition` [1].

    Returns
    -------
    Number
        Net opioid tone, 1 untreated [1].
    """
    return density * (1 - held) * peptide * room


def deficit(signal: Number) -> Number:
    """Lost signal that the body answers to: only a fall below baseline counts.

    Parameters
    ----------
    signal : Number
        Net opioid tone [1].

    Returns
    -------
    Number
        Shortfall, zero when tone is at or above baseline [1].
    """
    return positive_part(1 - signal)


def release(precursor: Number, lost: Number, g: Number) -> Number:
    """Peptide made per unit time relative to baseline.

    Parameters
    ----------
    precursor : Number
        Capacity relative to baseline [1].
    lost : Number
        Lost signal, see `deficit` [1].
    g : Number
        Rise of release per unit of lost signal [1].

    Returns
    -------
    Number
        Production relative to baseline [1].
    """
    return precursor * (1 + g * lost)


def daily_level(clock: Clock, p: EndorphinParameters) -> Number:
    """Beta-endorphin of the untreated person over the day, relative to its mean.

    Parameters
    ----------
    clock : Clock
        Where in the day we are.
    p : EndorphinParameters
        Parameters.

    Returns
    -------
    Number
        Level relative to the daily mean [1].
    """
    return 1 + p.amplitude * clock.rhythm


def daily_production(clock: Clock, p: EndorphinParameters) -> Number:
    """Production that keeps the untreated person on `daily_level`.

    Parameters
    ----------
    clock : Clock
        Where in the day we are.
    p : EndorphinParameters
        Parameters.

    Returns
    -------
    Number
        Production relative to its daily mean [1].
    """
    return daily_level(clock, p) + p.amplitude * clock.rhythm_rate / p.kout_bend


def growth_factor_signal(held: Number, factor: Number) -> Number:
    """Signal of the growth factor through each of its receptors, relative to baseline.

    Parameters
    ----------
    held : Number
        Fraction of its receptors held by the drug [1].
    factor : Number
        Met-enkephalin relative to baseline [1].

    Returns
    -------
    Number
        Signal, 1 untreated [1].
    """
    return (1 - held) * factor


def growth_factor_receptors(blocked_share: Number, p: EndorphinParameters) -> Number:
    """Receptors of the growth factor, which rise by being blocked part of the time (from mice).

    Parameters
    ----------
    blocked_share : Number
        Running share of time that they are blocked [1].
    p : EndorphinParameters
        Parameters.

    Returns
    -------
    Number
        Number relative to baseline [1].
    """
    return 1 + p.growth_up * blocked_share / (p.growth_d50 + blocked_share)


def peptide_rates(
    peptide: PeptideState, lost: Number, ogfr_held: Number, clock: Clock, p: EndorphinParameters
) -> PeptideState:
    """Rates of change of the peptides.

    Beta-endorphin is written relative to the untreated person at the same clock time,
    so that without drug nothing changes, whatever the daily rhythm. It answers to the opioid tone that is lost,
    met-enkephalin to the signal of its own receptors: of each of them, because in the mice that gave
    `growth_factor_receptors` more receptors did not lower the peptide.

    Parameters
    ----------
    peptide : PeptideState
        Peptides.
    lost : Number
        Lost signal, see `deficit` [1].
    ogfr_held : Number
        Fraction of the growth factor's receptors held by the drug [1].
    clock : Clock
        Where in the day we are.
    p : EndorphinParameters
        Parameters.

    Returns
    -------
    PeptideState
        Rate of each peptide.
    """
    missed = deficit(growth_factor_signal(ogfr_held, peptide.met_enkephalin))
    rhythm = daily_production(clock, p) / daily_level(clock, p)
    return PeptideState(
        precursor=p.kp * (1 + p.rho * lost - peptide.precursor),
        proenkephalin=p.kp * (1 + p.rho * missed - peptide.proenkephalin),
        beta_endorphin=p.kout_bend * rhythm * (release(peptide.precursor, lost, p.g) - peptide.beta_endorphin),
        met_enkephalin=p.kout_menk * (release(peptide.proenkephalin, missed, p.g) - peptide.met_enkephalin),
        blocked_share=p.km * (ogfr_held - peptide.blocked_share),
    )


def growth(signal: Number, limit: Number, p: EndorphinParameters) -> Number:
    """Growth of cells relative to the untreated baseline, of which the growth factor holds a share back.

    Illustrative: of tissue from mice with tumours, of lymphocytes from cells of mice.

    Parameters
    ----------
    signal : Number
        Tone of the growth factor relative to baseline [1].
    limit : Number
        Largest share of growth that it can hold back [1].
    p : EndorphinParameters
        Parameters.

    Returns
    -------
    Number
        Growth, 1 untreated [1].
    """
    return (1 - cap(p.growth_tonic * signal, limit)) / (1 - p.growth_tonic)
