"""What a summary reads off a day of a result, written once for one person and for many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.dimensions import measures
from ..base.units import HOURS_PER_DAY, clock_text
from ..ledger.evidence import weakest
from ..noncompartmental import Exposure, exposures
from .behind import Shown, evidence_of
from .blockade import counted_from, half_blocked_from
from .endpoints import each_above, mean_over, stretches_above
from .over_time import curve_of
from .over_time import curves as curves_of
from .views import window
from .words import AGONIST, HALF, HALF_BLOCKED, HALF_HELD, word

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

HELD_HOURS, EFFECT_HOURS = "hours with mu at least half held", f"hours with {AGONIST} blocked by half"
BLOCKED_HOURS, STARTS, ENDS = "hours that count as blocked", "blockade starts", "blockade ends"
HOURS = (BLOCKED_HOURS, HELD_HOURS, EFFECT_HOURS)
HIGHEST, AT_END = "mu occupancy, highest", "mu occupancy, at the end"
BLOCKED = frozenset((BLOCKED_HOURS, STARTS, ENDS))
"""Quantities that follow what counts as blocked."""

_OF = {EFFECT_HOURS: Shown("functional_block")}
TONE, CYTOKINES = "net opioid tone, mean", "cytokine index, mean"
PEPTIDE = "beta-endorphin, mean"
MEANS = {mean.partition(",")[0]: mean for mean in (TONE, CYTOKINES)}
"""What is relative to an untreated person, and its mean."""

NEAR = 0.01
"""How much of the highest value may be missing at a dose that counts as about as good as the best [1]."""

CLOCK = "clock"
"""Unit of a time of day, kept as hours since midnight before the day that is read, so that 01:00 comes after 23:00."""


class Reading(NamedTuple):
    """One quantity of a day.

    Attributes
    ----------
    panel : str
        Which part of the story it belongs to.
    quantity : str
        What it is.
    unit : str
        Its unit, or `CLOCK`.
    of : Shown
        The variable, with its labels, that it was read off.
    evidence : str
        Weakest status of the parameters behind it.
    values : ndarray, shape (n_people,)
        One value a person; nan where there is none.
    """

    panel: str
    quantity: str
    unit: str
    of: Shown
    evidence: str
    values: Array

    def told(self, value: float) -> float:
        """One of its values, or what was worked out of them, as it is told: a time of day from 0 to 24."""
        return float(value) % HOURS_PER_DAY if self.unit == CLOCK else float(value)


def labelled(quantity: str, unit: str) -> str:
    """A quantity with its unit, where it has one."""
    return quantity if unit in ("1", CLOCK) else f"{quantity} [{unit}]"


def cell(value: float, unit: str) -> str:
    """A value as a table shows it; a dash where there is none."""
    if np.isnan(value):
        return "-"
    return clock_text(value) if unit == CLOCK else f"{value:.3g}"


def unit_said(unit: str, say: Callable[[str], str]) -> str:
    """A unit as a table shows it: a sign, but that of a time of day is a word."""
    return say(unit) if unit == CLOCK else unit


def blockade_hours(data: xr.Dataset) -> dict[str, Array]:
    """How long the blockade of each person is, in each meaning of the word.

    Parameters
    ----------
    data : xarray.Dataset
        A result with occupancy, or a window of it.

    Returns
    -------
    dict of str to ndarray, shape (n_people,)
        Hours by quantity: mu at least half held, the agonist's effect at least half blocked where that was kept, and
        what counts as blocked.
    """
    time, held = data["time"].values, curves_of(data, "occupancy", receptor="mor")
    found = {HELD_HOURS: each_above(time, held, HALF)}
    if "functional_block" in data:
        blocks = half_blocked_from(data)
        # occupancy is not as steep between samples
        followed = (curves_of(data, "functional_block"), HALF) if blocks is None else (held, blocks)
        found[EFFECT_HOURS] = each_above(time, *followed)
    return found | {BLOCKED_HOURS: each_above(time, held, counted_from(data))}


def hours_in_words(blocked: str, hours: Mapping[str, str], said: str) -> str:
    """How long the blockade of a day is: what counts as blocked, with what else is said of it, then the others by name.

    Parameters
    ----------
    blocked : str
        What counts as blocked, in words.
    hours : mapping of str to str
        Hours in words, by quantity; `EFFECT_HOURS` may be missing.
    said : str
        What else is said of the hours that count.

    Returns
    -------
    str
        ``"half of mu receptors held 5.0 h of 24, heroin 25 mg blocked by half 2.1 h"``.
    """
    parts = [f"{blocked} {hours[BLOCKED_HOURS]} h{said}"]
    for name, quantity in ((HALF_HELD, HELD_HOURS), (HALF_BLOCKED, EFFECT_HOURS)):
        if name != blocked and quantity in hours:
            parts.append(f"{name} {hours[quantity]} h")
    return ", ".join(parts)


def plateau(doses: Array, values: Array) -> tuple[float, float, float]:
    """Where a number is highest, and which doses are about as good.

    Parameters
    ----------
    doses, values : ndarray, shape (n_doses,)
        Doses, increasing [mg], and the number at each.

    Returns
    -------
    best, low, high : float
        The best dose, and the lowest and highest one whose number lies within `NEAR` of it [mg].
    """
    best = int(values.argmax())
    near = doses[values >= values[best] - NEAR * abs(values[best])]
    return float(doses[best]), float(near[0]), float(near[-1])


def read_day(data: xr.Dataset, day: tuple[float, float]) -> list[Reading]:
    """Exposure, blockade, rebound and inflammation on a day.

    Areas are linear-up, log-down (`ldnsim.noncompartmental`), means and stretches follow trapezoids between samples.
    Tmax counts from the last dose before the peak. Start and end of the blockade are those of the longest stretch on
    that day that counts as blocked (`ldnsim.results.blockade`), also where it began the day before or ends the day
    after; there is none of a stretch that is cut off by the result, and of one that lasts 24 h or longer only the end
    that lies in the day.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one person, or of a population with a first dimension ``person``; variables that were not kept have
        no line.
    day : (float, float)
        Start and end [h], inside the result.

    Returns
    -------
    list of Reading
        One value a person; one alone counts as one person.
    """
    behind: dict[object, str] = {}
    found = []
    for one, also in _read(data, day, None):
        key = (one.of.name, *one.of.labels.items())
        if key not in behind:
            behind[key] = evidence_of(data, one.of.name, **one.of.labels).weakest
        found.append(one._replace(evidence=weakest([behind[key], also]) if also else behind[key]))
    return found


def values_of_day(data: xr.Dataset, day: tuple[float, float], wanted: Collection[str]) -> dict[str, Array]:
    """Some quantities of a day by name, those of them that the data have.

    Parameters
    ----------
    data, day
        As for `read_day`.
    wanted : collection of str
        Quantities, as `read_day` has them.

    Returns
    -------
    dict of str to ndarray, shape (n_people,)
        One value a person.
    """
    return {one.quantity: one.values for one, _ in _read(data, day, frozenset(wanted))}


def _read(data: xr.Dataset, day: tuple[float, float], wanted: frozenset[str] | None) -> list[tuple[Reading, str]]:
    """Readings of a day, or those of them that are wanted, whose evidence is not looked up yet; and what adds to it."""
    part = window(data, *day)
    time = part["time"].values
    found: list[tuple[Reading, str]] = []

    def asked(*quantities: str) -> bool:
        return wanted is None or not wanted.isdisjoint(quantities)

    def curves(of: Shown, where: xr.Dataset = part) -> Array:
        values = curve_of(where, of.name, of.labels)
        if "person" in values.dims:
            values = values.transpose("person", "time")
        return np.atleast_2d(np.asarray(values.values, dtype=np.float64))

    def add(panel: str, of: Shown, quantities: dict[str, Array], unit: str | None = None, also: str = "") -> None:
        own = unit or data.variables[of.name].attrs["units"]
        for quantity, values in quantities.items():
            if asked(quantity):
                found.append((Reading(panel, quantity, own, of, "", values), also))

    if "plasma" in data:
        for analyte in map(str, np.atleast_1d(data["analyte"].values)):
            if wanted is not None and not any(name.startswith(f"{analyte} ") for name in wanted):
                continue
            panel, plasma = f"Plasma, {word(analyte)}", Shown("plasma", {"analyte": analyte})
            _read_exposure(data, panel, analyte, plasma, "ng*h/mL", exposures(time, curves(plasma)), add)
    if "occupancy" in data:
        mu = Shown("occupancy", {"receptor": "mor"})
        counted = str(data.attrs.get("blocked_evidence", ""))
        if asked(*HOURS):
            for quantity, hours in blockade_hours(part).items():
                add("Blockade", _OF.get(quantity, mu), {quantity: hours}, "h", counted * (quantity == BLOCKED_HOURS))
        if asked(STARTS, ENDS):
            first, end = data["time"].values[[0, -1]].tolist()
            around = window(data, max(first, day[0] - HOURS_PER_DAY), min(end, day[1] + HOURS_PER_DAY))
            ends = _longest(around["time"].values, curves(mu, around), counted_from(data), day)
            clock = float(data.attrs["clock_start"])
            midnight = (clock + day[0]) // HOURS_PER_DAY * HOURS_PER_DAY - clock
            clocks = dict(zip((STARTS, ENDS), ends - midnight, strict=True))
            add("Blockade", mu, clocks, CLOCK, counted)
        if asked(HIGHEST, AT_END):
            held = curves(mu)
            add("Blockade", mu, {HIGHEST: held.max(axis=1), AT_END: held[:, -1]})
    if "peptide_level" in data:
        peptide = Shown("peptide_level", {"peptide": "beta_endorphin"})
        beta = curves(peptide)
        add("Rebound", peptide, {PEPTIDE: mean_over(time, beta), "beta-endorphin, highest": beta.max(axis=1)})
    if "receptor_density" in data:
        receptors = Shown("receptor_density", {"receptor": "mor"})
        add("Rebound", receptors, {"mu receptors, mean": mean_over(time, curves(receptors))})
    if "tone" in data:
        tone = Shown("tone", {})
        add("Rebound", tone, {TONE: mean_over(time, curves(tone))})
    if "tlr4_inhibition" in data:
        tlr4 = Shown("tlr4_inhibition", {})
        inhibited = curves(tlr4)
        add(
            "TLR4",
            tlr4,
            {"TLR4 inhibition, highest": inhibited.max(axis=1), "TLR4 inhibition, mean": mean_over(time, inhibited)},
        )
    if "cytokine_index" in data:
        index = Shown("cytokine_index", {})
        add("TLR4", index, {CYTOKINES: mean_over(time, curves(index))})
    observed = str(data.attrs.get("observed", ""))
    if observed in data:
        _read_observed(data, observed, time, curves(Shown(observed)), add)
    return found


def _read_exposure(
    data: xr.Dataset, panel: str, name: str, of: Shown, area: str, seen: Exposure, add: Callable[..., None]
) -> None:
    """How much of something there was, areas in a unit."""
    add(panel, of, {f"{name} Cmax": seen.cmax})
    if not data.attrs.get("doses_differ", 0):
        add(panel, of, {f"{name} Tmax": seen.tmax - _dose_before(data, seen.tmax)}, "h")
    add(panel, of, {f"{name} AUC in the window": seen.auclast}, area)
    add(panel, of, {f"{name} half-life at its end": seen.half_life}, "h")


def _read_observed(data: xr.Dataset, name: str, time: Array, values: Array, add: Callable[..., None]) -> None:
    """What any model observes: exposure where that is a level, else how high and low it goes."""
    unit, of = str(data[name].attrs["units"]), Shown(name)
    if measures(unit) != "level":
        ends = {
            "highest": values.max(axis=1),
            "lowest": values.min(axis=1),
            "mean": mean_over(time, values),
            "at the end": values[:, -1],
        }
        add("Observed", of, {f"{name}, {what}": found for what, found in ends.items()})
        return
    _read_exposure(data, "Observed", name, of, f"{unit}*h", exposures(time, values), add)


def _dose_before(data: xr.Dataset, times: Array) -> Array:
    """When the last dose before some times was given, nan where there was none [h]."""
    doses = np.concatenate([[np.nan], np.sort(np.atleast_1d(np.asarray(data.attrs["dose_time"], dtype=float)))])
    found: Array = doses[np.searchsorted(doses[1:], np.nan_to_num(times, nan=-np.inf), side="right")]
    return found


def _longest(time: Array, held: Array, limit: float | Array, day: tuple[float, float]) -> Array:
    """Start and end of each person's longest stretch of blockade on a day, shape (2, n_people) [h].

    Of a stretch of 24 h and more only the end that lies in the day, because both clock times would look like less.
    """
    found = np.full((2, len(held)), np.nan)
    longest = np.zeros(len(held))
    for who, start, stop in zip(*stretches_above(time, held, limit), strict=True):
        inside = min(stop, day[1]) - max(start, day[0])
        if inside > longest[who]:
            longest[who] = inside
            whole, begun = stop - start >= HOURS_PER_DAY, start < day[0]
            found[:, who] = (
                start if start > time[0] and not (whole and begun) else np.nan,
                stop if stop < time[-1] and (begun or not whole) else np.nan,
            )
    return found
