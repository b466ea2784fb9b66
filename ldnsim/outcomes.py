"""Outcomes that patients report: exploratory, and no more than the trials carry (equations only)."""

from typing import NamedTuple

from .forms import Number, hill


class OutcomeParameters(NamedTuple):
    """Pain course, responders and starting values of a condition.

    Attributes
    ----------
    pain_gain : Number
        Fall of pain score (0-10) per fall of the cytokine index [1].
    placebo_fall : Number
        Fall of pain score (0-10) on placebo in the long run [1].
    placebo_half_life : Number
        Time in which half of the placebo response has come [h].
    responder_ed50 : Number
        Daily dose at which half of patients respond [mg].
    responder_h : Number
        Steepness of that dose-response [1].
    fold_tnf : Number
        Tumour necrosis factor of the condition relative to healthy people [1].
    fold_il6 : Number
        Interleukin 6 of the condition relative to healthy people [1].
    fold_il1b : Number
        Interleukin 1 beta of the condition relative to healthy people [1].
    fold_sp : Number
        Substance P of the condition relative to healthy people [1].
    fold_ogf : Number
        Opioid growth factor of the condition relative to healthy people [1].
    """

    pain_gain: Number
    placebo_fall: Number
    placebo_half_life: Number
    responder_ed50: Number
    responder_h: Number
    fold_tnf: Number
    fold_il6: Number
    fold_il1b: Number
    fold_sp: Number
    fold_ogf: Number


def pain_fall(index: Number, gain: Number) -> Number:
    """Fall of pain score that the drug adds to placebo.

    Parameters
    ----------
    index : Number
        Cytokine index [1].
    gain : Number
        Points per fall of the index [1].

    Returns
    -------
    Number
        Fall in points of a 0-10 scale [1].
    """
    return gain * (1 - index)


def placebo_course(time: Number, fall: Number, half_life: Number) -> Number:
    """Fall of pain score that comes on placebo alone.

    Parameters
    ----------
    time : Number
        Time since the start of the trial [h].
    fall : Number
        Fall in the long run [1].
    half_life : Number
        Time in which half of it has come [h].

    Returns
    -------
    Number
        Fall in points of a 0-10 scale [1].
    """
    return fall * (1 - 2 ** (-time / half_life))


def responder_probability(dose: Number, ed50: Number, h: Number) -> Number:
    """Share of patients who respond to a daily dose (one small trial without placebo).

    Parameters
    ----------
    dose : Number
        Daily dose as hydrochloride [mg].
    ed50 : Number
        Dose at which half respond [mg].
    h : Number
        Steepness [1].

    Returns
    -------
    Number
        Probability [1].
    """
    return hill(dose, ed50, h)
