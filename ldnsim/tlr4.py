"""TLR4 and the inflammatory cascade behind it (equations only)."""

from typing import NamedTuple

from .forms import Number, hill, positive_part


class Tlr4State(NamedTuple):
    """Activation of TLR4-bearing cells and their messengers, untreated = 1.

    Attributes
    ----------
    trif : Number
        Cell activation along the TRIF branch relative to baseline [1].
    nfkb : Number
        Cell activation along the NF-kB branch relative to baseline [1].
    tnf : Number
        Tumour necrosis factor alpha relative to baseline [1].
    il6 : Number
        Interleukin 6 relative to baseline [1].
    il1b : Number
        Interleukin 1 beta relative to baseline [1].
    no : Number
        Nitric oxide marker (nitrite and nitrate) relative to baseline [1].
    sp : Number
        Substance P relative to baseline [1].
    lps1 : Number
        First step between an endotoxin challenge and its drive [1].
    lps2 : Number
        Second step [1].
    lps3 : Number
        Third step [1].
    lps4 : Number
        Fourth step [1].
    lps5 : Number
        Drive of an endotoxin challenge, added to the untreated drive of 1 [1].
    """

    trif: Number
    nfkb: Number
    tnf: Number
    il6: Number
    il1b: Number
    no: Number
    sp: Number
    lps1: Number
    lps2: Number
    lps3: Number
    lps4: Number
    lps5: Number


class Tlr4Parameters(NamedTuple):
    """Potency, branches and turnover.

    Attributes
    ----------
    kpuu : Number
        Free drug at the cells relative to free drug in plasma [1].
    rho_levo : Number
        Potency of the levo isomer relative to the dextro isomer [1].
    imax : Number
        Largest inhibition [1].
    ic50 : Number
        Free dextro drug at half inhibition [nM].
    h : Number
        Steepness of inhibition [1].
    opioid : Number
        What inhibits: 0 the drug itself, 1 the rise of endogenous peptide [1].
    excess50 : Number
        Rise of beta-endorphin over baseline at half inhibition, when peptide inhibits [1].
    bias : Number
        How far inhibition reaches the NF-kB branch: 0 spares it, 1 treats both alike [1].
    f : Number
        Share of cell activation that depends on TLR4 [1].
    km : Number
        Turnover rate constant of cell activation [1/h].
    w_tnf : Number
        Share of tumour necrosis factor driven by the TRIF branch [1].
    w_il6 : Number
        Share of interleukin 6 driven by the TRIF branch [1].
    w_il1b : Number
        Share of interleukin 1 beta driven by the TRIF branch [1].
    w_no : Number
        Share of nitric oxide driven by the TRIF branch [1].
    k_tnf : Number
        Loss rate constant of tumour necrosis factor [1/h].
    k_il6 : Number
        Loss rate constant of interleukin 6 [1/h].
    k_il1b : Number
        Loss rate constant of interleukin 1 beta [1/h].
    k_no : Number
        Loss rate constant of the nitric oxide marker [1/h].
    k_sp : Number
        Turnover rate constant of substance P [1/h].
    s_sp : Number
        Rise of substance P per rise of the cytokine index [1].
    k_lps : Number
        Rate constant of each step between endotoxin and its drive [1/h].
    """

    kpuu: Number
    rho_levo: Number
    imax: Number
    ic50: Number
    h: Number
    opioid: Number
    excess50: Number
    bias: Number
    f: Number
    km: Number
    w_tnf: Number
    w_il6: Number
    w_il1b: Number
    w_no: Number
    k_tnf: Number
    k_il6: Number
    k_il1b: Number
    k_no: Number
    k_sp: Number
    s_sp: Number
    k_lps: Number


def tlr4_level(dextro: Number, levo: Number, fu: Number, p: Tlr4Parameters) -> Number:
    """Free drug at the cells, in units of the dextro isomer.

    Parameters
    ----------
    dextro : Number
        Dextro-naltrexone in plasma [nM].
    levo : Number
        Levo-naltrexone in plasma [nM].
    fu : Number
        Fraction of naltrexone in plasma that is free [1].
    p : Tlr4Parameters
        Parameters.

    Returns
    -------
    Number
        Level [nM].
    """
    return p.kpuu * fu * (dextro + p.rho_levo * levo)


def inhibition(level: Number, peptide: Number, p: Tlr4Parameters) -> Number:
    """Inhibition of TLR4, by the drug or by the rise of endogenous peptide.

    Parameters
    ----------
    level : Number
        Free drug at the cells [nM].
    peptide : Number
        Beta-endorphin relative to baseline [1].
    p : Tlr4Parameters
        Parameters.

    Returns
    -------
    Number
        Inhibited fraction [1].
    """
    excess = positive_part(peptide - 1)
    return p.imax * ((1 - p.opioid) * hill(level, p.ic50, p.h) + p.opioid * excess / (p.excess50 + excess))


def cytokine_index(tnf: Number, il6: Number, il1b: Number) -> Number:
    """Mean of the three cytokines, each relative to its baseline.

    Parameters
    ----------
    tnf : Number
        Tumour necrosis factor alpha relative to baseline [1].
    il6 : Number
        Interleukin 6 relative to baseline [1].
    il1b : Number
        Interleukin 1 beta relative to baseline [1].

    Returns
    -------
    Number
        Cytokine index, 1 untreated [1].
    """
    return (tnf + il6 + il1b) / 3


def tlr4_rates(x: Tlr4State, inhibited: Number, p: Tlr4Parameters) -> Tlr4State:
    """Rates of change of cell activation and messengers.

    Lasting activation turns over in days. An endotoxin challenge is faster than that:
    it drives the messengers directly, through a chain of five equal steps.

    Parameters
    ----------
    x : Tlr4State
        Activation and messengers.
    inhibited : Number
        Inhibited fraction, see `inhibition` [1].
    p : Tlr4Parameters
        Parameters.

    Returns
    -------
    Tlr4State
        Rate of each.
    """
    trif = x.trif + x.lps5 * (1 - inhibited)
    nfkb = x.nfkb + x.lps5 * (1 - p.bias * inhibited)
    return Tlr4State(
        trif=p.km * (1 - p.f * inhibited - x.trif),
        nfkb=p.km * (1 - p.f * p.bias * inhibited - x.nfkb),
        tnf=p.k_tnf * (p.w_tnf * trif + (1 - p.w_tnf) * nfkb - x.tnf),
        il6=p.k_il6 * (p.w_il6 * trif + (1 - p.w_il6) * nfkb - x.il6),
        il1b=p.k_il1b * (p.w_il1b * trif + (1 - p.w_il1b) * nfkb - x.il1b),
        no=p.k_no * (p.w_no * trif + (1 - p.w_no) * nfkb - x.no),
        sp=p.k_sp * (1 + p.s_sp * (cytokine_index(x.tnf, x.il6, x.il1b) - 1) - x.sp),
        lps1=-p.k_lps * x.lps1,
        lps2=p.k_lps * (x.lps1 - x.lps2),
        lps3=p.k_lps * (x.lps2 - x.lps3),
        lps4=p.k_lps * (x.lps3 - x.lps4),
        lps5=p.k_lps * (x.lps4 - x.lps5),
    )
