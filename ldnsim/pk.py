"""Pharmacokinetics of naltrexone and 6-beta-naltrexol, one isomer at a time (equations only)."""

from typing import NamedTuple

from .forms import Number


class PkState(NamedTuple):
    """Amounts of one isomer: where the drug is, and where it went.

    Attributes
    ----------
    depot : Number
        Drug in the gut lumen, dissolved and ready to be absorbed [nmol].
    er_tablet : Number
        Drug still inside an extended-release tablet [nmol].
    mucosa : Number
        Drug taken up by the lining of the mouth, on its way past the liver [nmol].
    im_burst : Number
        Drug at the surface of injected microspheres [nmol].
    im_spheres : Number
        Drug inside injected microspheres that have not yet softened [nmol].
    im_released : Number
        Drug on its way out of softened microspheres into the blood [nmol].
    central : Number
        Naltrexone in the central compartment [nmol].
    peripheral1 : Number
        Naltrexone in the peripheral compartment [nmol].
    peripheral2 : Number
        Naltrexone in the deep compartment [nmol].
    bnx6_central : Number
        6-beta-naltrexol in its central compartment [nmol].
    bnx6_peripheral : Number
        6-beta-naltrexol in its peripheral compartment [nmol].
    urine_ntx : Number
        Naltrexone excreted unchanged in urine since the start [nmol].
    urine_bnx6 : Number
        Free 6-beta-naltrexol excreted in urine since the start [nmol].
    other : Number
        Left by any other way since the start: not absorbed, conjugates, other metabolites [nmol].
    """

    depot: Number
    er_tablet: Number
    mucosa: Number
    im_burst: Number
    im_spheres: Number
    im_released: Number
    central: Number
    peripheral1: Number
    peripheral2: Number
    bnx6_central: Number
    bnx6_peripheral: Number
    urine_ntx: Number
    urine_bnx6: Number
    other: Number


class PkParameters(NamedTuple):
    """Disposition and absorption of naltrexone.

    Attributes
    ----------
    ka : Number
        Absorption rate constant from the gut [1/h].
    fa : Number
        Fraction of a swallowed dose that crosses the gut wall [1].
    f : Number
        Oral bioavailability: fraction of a swallowed dose that passes the liver unchanged [1].
    cl : Number
        Clearance of naltrexone [L/h].
    clr : Number
        Renal clearance of naltrexone, part of the clearance [L/h].
    vc : Number
        Central volume of naltrexone [L].
    q : Number
        Clearance between central and peripheral compartment [L/h].
    vp : Number
        Peripheral volume of naltrexone [L].
    q3 : Number
        Clearance between central and deep compartment [L/h].
    v3 : Number
        Deep volume of naltrexone [L].
    fm : Number
        Fraction of naltrexone eliminated, or extracted on first pass, that appears as 6-beta-naltrexol [1].
    clm : Number
        Clearance of 6-beta-naltrexol [L/h].
    clrm : Number
        Renal clearance of 6-beta-naltrexol, part of its clearance [L/h].
    vcm : Number
        Central volume of 6-beta-naltrexol [L].
    qm : Number
        Clearance between the compartments of 6-beta-naltrexol [L/h].
    vpm : Number
        Peripheral volume of 6-beta-naltrexol [L].
    k_er : Number
        Release rate constant of an extended-release tablet [1/h].
    k_mucosa : Number
        Rate constant from the lining of the mouth into blood [1/h].
    k_burst : Number
        Rate constant from the surface of injected microspheres into blood [1/h].
    k_spheres : Number
        Rate constant at which injected microspheres soften [1/h].
    k_released : Number
        Rate constant at which softened microspheres erode into blood [1/h].
    """

    ka: Number
    fa: Number
    f: Number
    cl: Number
    clr: Number
    vc: Number
    q: Number
    vp: Number
    q3: Number
    v3: Number
    fm: Number
    clm: Number
    clrm: Number
    vcm: Number
    qm: Number
    vpm: Number
    k_er: Number
    k_mucosa: Number
    k_burst: Number
    k_spheres: Number
    k_released: Number


class DoseParameters(NamedTuple):
    """What a dose is made of and how each route delivers it.

    Attributes
    ----------
    mw_hcl : Number
        Molar mass of naltrexone hydrochloride, as which doses are labelled [g/mol].
    mw_base : Number
        Molar mass of naltrexone base, as which plasma levels are printed [g/mol].
    mw_bnx6 : Number
        Molar mass of 6-beta-naltrexol [g/mol].
    f_dextro : Number
        Dextro isomer as a fraction of the dose [1].
    lag : Number
        Lag before a capsule, tablet or extended-release tablet gives up drug [h].
    lag_liquid : Number
        Lag of a swallowed liquid [h].
    f_mucosal : Number
        Fraction of a sublingual dose taken up in the mouth; the rest is swallowed [1].
    f_burst : Number
        Fraction of an injected depot that leaves at once [1].
    f_diffused : Number
        Fraction of an injected depot that begins to leave after some days [1].
    lag_diffused : Number
        Delay of that fraction [h].
    f_er : Number
        Fraction of an extended-release tablet that reaches the gut wall; the rest is lost [1].
    """

    mw_hcl: Number
    mw_base: Number
    mw_bnx6: Number
    f_dextro: Number
    lag: Number
    lag_liquid: Number
    f_mucosal: Number
    f_burst: Number
    f_diffused: Number
    lag_diffused: Number
    f_er: Number


class Delivery(NamedTuple):
    """One way in which a route delivers a dose.

    Attributes
    ----------
    compartment : str
        Field of `PkState` that receives it.
    share : Number
        Fraction of the dose [1].
    lag : Number
        Delay after administration [h].
    """

    compartment: str
    share: Number
    lag: Number


def oral(p: DoseParameters) -> tuple[Delivery, ...]:
    """Capsule or tablet.

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        All of it to the gut.
    """
    return (Delivery("depot", 1, p.lag),)


def liquid(p: DoseParameters) -> tuple[Delivery, ...]:
    """Swallowed solution.

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        All of it to the gut.
    """
    return (Delivery("depot", 1, p.lag_liquid),)


def sublingual(p: DoseParameters) -> tuple[Delivery, ...]:
    """Drops or tablet under the tongue.

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        Part past the liver, the rest swallowed.
    """
    return (Delivery("mucosa", p.f_mucosal, 0), Delivery("depot", 1 - p.f_mucosal, p.lag_liquid))


def extended_release(p: DoseParameters) -> tuple[Delivery, ...]:
    """Extended-release tablet.

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        What the tablet gives up in time, and what leaves the gut with it.
    """
    return (Delivery("er_tablet", p.f_er, p.lag), Delivery("other", 1 - p.f_er, p.lag))


def intramuscular(p: DoseParameters) -> tuple[Delivery, ...]:
    """Injected microspheres.

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        A burst, what diffuses out after some days, and what erosion sets free.
    """
    return (
        Delivery("im_burst", p.f_burst, 0),
        Delivery("im_released", p.f_diffused, p.lag_diffused),
        Delivery("im_spheres", 1 - p.f_burst - p.f_diffused, 0),
    )


def intravenous(p: DoseParameters) -> tuple[Delivery, ...]:  # noqa: ARG001, as every route takes them
    """Bolus into a vein (research).

    Parameters
    ----------
    p : DoseParameters
        Parameters.

    Returns
    -------
    tuple of Delivery
        All of it to the central compartment.
    """
    return (Delivery("central", 1, 0),)


def concentration(amount: Number, volume: Number) -> Number:
    """Concentration of an amount spread evenly over a volume.

    Parameters
    ----------
    amount : Number
        Amount [nmol].
    volume : Number
        Volume of distribution [L].

    Returns
    -------
    Number
        Concentration [nM].
    """
    return amount / volume


def crossing(depot: Number, ka: Number, fa: Number) -> Number:
    """Flow of drug through the gut wall into the portal vein.

    Parameters
    ----------
    depot : Number
        Drug in the gut lumen [nmol].
    ka : Number
        Absorption rate constant [1/h].
    fa : Number
        Fraction that crosses the gut wall [1].

    Returns
    -------
    Number
        Flow [nmol/h].
    """
    return fa * ka * depot


def pk_rates(a: PkState, p: PkParameters) -> PkState:
    """Rates of change of one isomer's amounts; they add up to zero.

    Gut absorption with first pass, two compartments and an optional third for
    naltrexone, two compartments for 6-beta-naltrexol, which is made both on first
    pass and from circulating drug.

    Parameters
    ----------
    a : PkState
        Amounts.
    p : PkParameters
        Parameters.

    Returns
    -------
    PkState
        Rate of each amount.
    """
    absorbed = p.ka * a.depot
    extracted = (p.fa - p.f) * absorbed
    released_er = p.k_er * a.er_tablet
    from_mucosa = p.k_mucosa * a.mucosa
    from_burst = p.k_burst * a.im_burst
    softened = p.k_spheres * a.im_spheres
    eroded = p.k_released * a.im_released
    eliminated = p.cl / p.vc * a.central
    renal = p.clr / p.vc * a.central
    to_peripheral = p.q / p.vc * a.central - p.q / p.vp * a.peripheral1
    to_deep = p.q3 / p.vc * a.central - p.q3 / p.v3 * a.peripheral2
    bnx6_eliminated = p.clm / p.vcm * a.bnx6_central
    bnx6_renal = p.clrm / p.vcm * a.bnx6_central
    bnx6_to_peripheral = p.qm / p.vcm * a.bnx6_central - p.qm / p.vpm * a.bnx6_peripheral
    formed = p.fm * (extracted + eliminated)
    return PkState(
        depot=released_er - absorbed,
        er_tablet=-released_er,
        mucosa=-from_mucosa,
        im_burst=-from_burst,
        im_spheres=-softened,
        im_released=softened - eroded,
        central=p.f * absorbed + from_mucosa + from_burst + eroded - eliminated - to_peripheral - to_deep,
        peripheral1=to_peripheral,
        peripheral2=to_deep,
        bnx6_central=formed - bnx6_eliminated - bnx6_to_peripheral,
        bnx6_peripheral=bnx6_to_peripheral,
        urine_ntx=renal,
        urine_bnx6=bnx6_renal,
        other=(1 - p.fa) * absorbed + extracted + eliminated - formed - renal + bnx6_eliminated - bnx6_renal,
    )
