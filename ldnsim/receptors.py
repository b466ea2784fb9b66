"""Opioid receptors: what holds them, what is left of a signal, how many there are (equations only)."""

from typing import NamedTuple

from .forms import Number, hill


class SiteState(NamedTuple):
    """What sits at the receptors, in the plasma view and in the PET view.

    Attributes
    ----------
    mor : Number
        Fraction of mu receptors that the drug holds when free plasma drug drives binding [1].
    dor : Number
        Fraction of delta receptors that the drug holds when free plasma drug drives binding [1].
    kor : Number
        Fraction of kappa receptors that the drug holds when free plasma drug drives binding [1].
    ogfr : Number
        Fraction of the growth factor's receptors that the drug holds then [1].
    fast : Number
        Drug in the fast biophase, as an equivalent plasma level [nM].
    slow : Number
        Drug retained near the receptor, as odds of mu occupancy [1].
    """

    mor: Number
    dor: Number
    kor: Number
    ogfr: Number
    fast: Number
    slow: Number


class Outside(NamedTuple):
    """Fractions of mu receptors outside the brain that the drug and its metabolite hold.

    Attributes
    ----------
    periphery : Number
        Fraction of mu receptors held outside the brain [1].
    gut : Number
        Fraction of mu receptors held in the gut wall, which what is being absorbed passes first [1].
    """

    periphery: Number
    gut: Number


class Occupancy(NamedTuple):
    """Fractions of receptors that the drug holds.

    Attributes
    ----------
    mor : Number
        Fraction of mu receptors held by the drug [1].
    dor : Number
        Fraction of delta receptors held by the drug [1].
    kor : Number
        Fraction of kappa receptors held by the drug [1].
    ogfr : Number
        Fraction of the growth factor's receptors held by the drug [1].
    """

    mor: Number
    dor: Number
    kor: Number
    ogfr: Number


class ReceptorParameters(NamedTuple):
    """Binding, biophase and turnover.

    Attributes
    ----------
    fu : Number
        Fraction of naltrexone in plasma that is not bound to protein [1].
    fu_bnx6 : Number
        Fraction of 6-beta-naltrexol in plasma that is not bound to protein [1].
    w_bnx6 : Number
        Potency of 6-beta-naltrexol relative to naltrexone in the plasma view [1].
    koff : Number
        Dissociation rate constant of the drug, the reciprocal of its residence time [1/h].
    kd : Number
        Dissociation constant of levo-naltrexone at the mu receptor in the plasma view [nM].
    ratio_dor : Number
        Dissociation constant at delta relative to mu [1].
    ratio_kor : Number
        Dissociation constant at kappa relative to mu [1].
    ratio_ogfr : Number
        Dissociation constant at the growth factor's receptor relative to mu [1].
    kd_outside : Number
        Dissociation constant of levo-naltrexone at mu receptors outside the brain [nM].
    w_bnx6_outside : Number
        Potency of 6-beta-naltrexol relative to naltrexone outside the brain [1].
    q_portal : Number
        Flow of the portal vein [L/h].
    xe0 : Number
        Odds that an untreated mu receptor is held by endogenous peptide [1].
    pet : Number
        Which view drives the effects: 0 plasma, 1 PET [1].
    w_bnx6_pet : Number
        Potency of 6-beta-naltrexol relative to naltrexone in the PET view [1].
    kf : Number
        Rate constant at which the fast biophase follows plasma [1/h].
    ks : Number
        Rate constant at which retained drug is lost [1/h].
    alpha : Number
        Odds of mu occupancy per level in the fast biophase [1/nM].
    beta : Number
        Rate at which plasma drug feeds the retained pool [1/(nM*h)].
    kdeg : Number
        Turnover rate constant of receptors [1/h].
    umax_mor : Number
        Rise of mu receptors under lasting full occupancy [1].
    umax_dor : Number
        Rise of delta receptors under lasting full occupancy [1].
    umax_kor : Number
        Rise of kappa receptors under lasting full occupancy [1].
    u50 : Number
        Occupancy at which the drive to make receptors is half its limit [1].
    h_up : Number
        Steepness of that drive [1].
    o50 : Number
        Occupancy at which half of an agonist's effect is blocked [1].
    h_block : Number
        Steepness of functional block against occupancy [1].
    blocked : Number
        Fraction of receptors held from which they count as blocked, where occupancy is what counts [1].
    functional : Number
        What counts as blocked: 0 a share of receptors held, 1 half of an agonist's effect blocked [1].
    """

    fu: Number
    fu_bnx6: Number
    w_bnx6: Number
    koff: Number
    kd: Number
    ratio_dor: Number
    ratio_kor: Number
    ratio_ogfr: Number
    kd_outside: Number
    w_bnx6_outside: Number
    q_portal: Number
    xe0: Number
    pet: Number
    w_bnx6_pet: Number
    kf: Number
    ks: Number
    alpha: Number
    beta: Number
    kdeg: Number
    umax_mor: Number
    umax_dor: Number
    umax_kor: Number
    u50: Number
    h_up: Number
    o50: Number
    h_block: Number
    blocked: Number
    functional: Number


def competition(peptide: Number, xe0: Number) -> Number:
    """Room that endogenous peptide leaves the drug, relative to the untreated baseline.

    Parameters
    ----------
    peptide : Number
        Endogenous peptide relative to baseline [1].
    xe0 : Number
        Odds of endogenous binding at baseline [1].

    Returns
    -------
    Number
        1 at baseline, less when there is more peptide [1].
    """
    return (1 + xe0) / (1 + xe0 * peptide)


def active_level(ntx: Number, bnx6: Number, fu: Number, fu_bnx6: Number, weight: Number) -> Number:
    """Level of drug that acts on receptors: naltrexone plus its metabolite by potency.

    Parameters
    ----------
    ntx : Number
        Levo-naltrexone in plasma [nM].
    bnx6 : Number
        6-beta-naltrexol from levo-naltrexone in plasma [nM].
    fu : Number
        Fraction of naltrexone counted [1].
    fu_bnx6 : Number
        Fraction of 6-beta-naltrexol counted [1].
    weight : Number
        Potency of 6-beta-naltrexol relative to naltrexone [1].

    Returns
    -------
    Number
        Level in units of naltrexone [nM].
    """
    return fu * ntx + weight * fu_bnx6 * bnx6


def binding_rate(bound: Number, level: Number, kd: Number, koff: Number, room: Number) -> Number:
    """Association and dissociation of the drug at one receptor.

    Parameters
    ----------
    bound : Number
        Fraction of receptors held by the drug [1].
    level : Number
        Free level of the drug [nM].
    kd : Number
        Dissociation constant at baseline peptide [nM].
    koff : Number
        Dissociation rate constant [1/h].
    room : Number
        What competing peptide leaves of the association, see `competition` [1].

    Returns
    -------
    Number
        Rate of change of the bound fraction [1/h].
    """
    return koff * (level / kd * (1 - bound) * room - bound)


def site_rates(site: SiteState, ntx: Number, bnx6: Number, room: Number, p: ReceptorParameters) -> SiteState:
    """Rates of change at the receptors, in both views.

    Parameters
    ----------
    site : SiteState
        What sits at the receptors.
    ntx : Number
        Levo-naltrexone in plasma [nM].
    bnx6 : Number
        6-beta-naltrexol from levo-naltrexone in plasma [nM].
    room : Number
        What competing peptide leaves of the association [1].
    p : ReceptorParameters
        Parameters.

    Returns
    -------
    SiteState
        Rate of each state.
    """
    free = active_level(ntx, bnx6, p.fu, p.fu_bnx6, p.w_bnx6)
    total = active_level(ntx, bnx6, 1, 1, p.w_bnx6_pet)
    return SiteState(
        mor=binding_rate(site.mor, free, p.kd, p.koff, room),
        dor=binding_rate(site.dor, free, p.ratio_dor * p.kd, p.koff, room),
        kor=binding_rate(site.kor, free, p.ratio_kor * p.kd, p.koff, room),
        ogfr=binding_rate(site.ogfr, free, p.ratio_ogfr * p.kd, p.koff, room),
        fast=p.kf * (total - site.fast),
        slow=p.beta * total - p.ks * site.slow,
    )


def equilibrium(odds: Number, room: Number) -> Number:
    """Occupancy at binding equilibrium, with competing peptide.

    Parameters
    ----------
    odds : Number
        Odds that the drug holds a receptor at baseline peptide [1].
    room : Number
        What competing peptide leaves, see `competition` [1].

    Returns
    -------
    Number
        Fraction of receptors held by the drug [1].
    """
    return odds * room / (1 + odds * room)


def occupancy(site: SiteState, room: Number, p: ReceptorParameters) -> Occupancy:
    """Occupancy of each receptor in the view that the assumptions choose.

    Parameters
    ----------
    site : SiteState
        What sits at the receptors.
    room : Number
        What competing peptide leaves, see `competition` [1].
    p : ReceptorParameters
        Parameters.

    Returns
    -------
    Occupancy
        Fraction of each receptor held by the drug.
    """
    odds = p.alpha * site.fast + site.slow
    return Occupancy(
        mor=(1 - p.pet) * site.mor + p.pet * equilibrium(odds, room),
        dor=(1 - p.pet) * site.dor + p.pet * equilibrium(odds / p.ratio_dor, room),
        kor=(1 - p.pet) * site.kor + p.pet * equilibrium(odds / p.ratio_kor, room),
        ogfr=(1 - p.pet) * site.ogfr + p.pet * equilibrium(odds / p.ratio_ogfr, room),
    )


def outside(ntx: Number, bnx6: Number, absorbed: Number, room: Number, p: ReceptorParameters) -> Outside:
    """Occupancy of mu receptors outside the brain at equilibrium; in the gut wall what is absorbed adds to the blood.

    Parameters
    ----------
    ntx : Number
        Levo-naltrexone in plasma [nM].
    bnx6 : Number
        6-beta-naltrexol from levo-naltrexone in plasma [nM].
    absorbed : Number
        Levo-naltrexone on its way through the gut wall [nmol/h].
    room : Number
        What competing peptide leaves, see `competition` [1].
    p : ReceptorParameters
        Parameters.

    Returns
    -------
    Outside
        Fractions held.
    """
    blood = active_level(ntx, bnx6, p.fu, p.fu_bnx6, p.w_bnx6_outside)
    wall = blood + p.fu * absorbed / p.q_portal
    return Outside(periphery=equilibrium(blood / p.kd_outside, room), gut=equilibrium(wall / p.kd_outside, room))


def functional_block(held: Number, o50: Number, h_block: Number) -> Number:
    """Fraction of a full agonist's effect that is blocked.

    Parameters
    ----------
    held : Number
        Fraction of mu receptors held by the drug [1].
    o50 : Number
        Occupancy of half block [1].
    h_block : Number
        Steepness [1].

    Returns
    -------
    Number
        Blocked fraction, as 25 mg of heroin sees it [1].
    """
    return hill(held, o50, h_block)


def blocked_from(blocked: Number, o50: Number, functional: Number) -> Number:
    """Occupancy from which receptors count as blocked, in either meaning of the word.

    Parameters
    ----------
    blocked : Number
        Fraction of receptors held from which they count as blocked, where occupancy is what counts [1].
    o50 : Number
        Occupancy of half block of an agonist's effect [1].
    functional : Number
        What counts: 0 a share of receptors held, 1 half of an agonist's effect blocked [1].

    Returns
    -------
    Number
        Fraction of receptors held by the drug [1].
    """
    return (1 - functional) * blocked + functional * o50


def agonist_left(held: Number, level: Number, kd: Number) -> Number:
    """What a competing antagonist leaves of an agonist's binding (Gaddum).

    Parameters
    ----------
    held : Number
        Fraction of receptors that the antagonist holds without the agonist [1].
    level : Number
        Level of the agonist [nM].
    kd : Number
        Dissociation constant of the agonist [nM].

    Returns
    -------
    Number
        Binding relative to the same agonist level without antagonist [1].
    """
    return (1 - held) * (level + kd) / (level * (1 - held) + kd)
