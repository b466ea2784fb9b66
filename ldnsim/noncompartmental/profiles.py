"""Noncompartmental analysis of many profiles at once: arrays in, numbers out, each missing one with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from .areas import Array, Counts, Mask, Pieces, pieces
from .cleaning import Curves, cleaned, started
from .effects import areas_about, time_above
from .given import Found, Given
from .names import PARTIAL, USUAL, WITH_BASELINE, WITH_TAU, WITH_THRESHOLD, WITH_URINE
from .rules import BOLUS, INFUSION, Rules
from .terminal import BEST_FIT, CONVERGED, Phase, best_fit, settled

_TOGETHER = 4_000_000
"""Samples that are worked on at once, because some thirty arrays of their size are made on the way."""

_NEEDS_LINE = (
    *("clast_pred", "lambda_z", "half_life", "lambda_z_time_first", "lambda_z_time_last", "lambda_z_intercept"),
    *("lambda_z_corrxy", "r_squared", "adj_r_squared", "span_ratio", "accumulation_index", "vz_tau"),
    *("clr_obs", "clr_pred"),
)
_STEADY = "at steady state it is not of one dose: see cl_tau, mrt_md_obs"
_OF_DOSE = ("cl_", "vz_", "vss_", "fe")


def profiles(given: Given, rules: Rules | None = None) -> Found:
    """Every number of some profiles.

    Parameters
    ----------
    given : Given
        The profiles.
    rules : Rules, optional
        How they are read; by default as PKNCA does.

    Returns
    -------
    Found
        The numbers by name, nan where one is missing, and why.
    """
    rules = Rules() if rules is None else rules
    size = len(given.level)
    together = max(_TOGETHER // max(given.level.shape[1], 1), 1)
    read = _effects if given.effect else _block
    return Found.joined([read(given.rows(slice(i, i + together)), rules) for i in range(0, max(size, 1), together)])


def _effects(given: Given, rules: Rules) -> Found:
    """What lines say of curves of an effect."""
    found = Found()
    curves = cleaned(given.time, given.level, Rules(conc_blq="keep", conc_na=rules.conc_na), given.there)
    _about_lines(found, given, curves, rules.auc_method)
    return found


def _about_lines(found: Found, given: Given, curves: Curves, method: str) -> None:
    rows, few = np.arange(len(curves.samples)), curves.samples < 2
    end = curves.level[rows, np.maximum(curves.samples - 1, 0)][:, np.newaxis]
    level = np.where(curves.there, curves.level, end)
    if given.threshold is not None:
        found.say(WITH_THRESHOLD, few, "fewer than two samples")
        above = time_above(curves.time, level, given.threshold, method)
        whole = curves.time[:, -1] - curves.time[:, 0]
        found.values |= {"time_above": np.where(few, np.nan, above), "time_below": np.where(few, np.nan, whole - above)}
    if given.baseline is not None:
        found.say(WITH_BASELINE, few, "fewer than two samples")
        measured = np.where((curves.time[:, 0] == 0) & (curves.samples > 0), level[:, 0], np.nan)
        line = np.where(np.isnan(given.baseline), measured, given.baseline)
        found.say(WITH_BASELINE, np.isnan(line), "no level at the time of the dose to be the baseline")
        above, below = (np.where(few, np.nan, area) for area in areas_about(curves.time, level, line))
        found.values |= {"auec_above": above, "auec_below": below, "auec_net": above - below}


def _block(given: Given, rules: Rules) -> Found:
    """The numbers of as many profiles as are worked on at once."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Reader(given, rules).read()


class _Reader:
    """Reads the numbers of some profiles, each step on what the steps before it have found."""

    def __init__(self, given: Given, rules: Rules) -> None:
        self.given, self.rules = given, rules
        self.curves = cleaned(given.time, given.level, rules, given.there)
        self.found = Found()
        self.rows = np.arange(len(given.level))
        self.bolus, self.infusion = given.route == BOLUS, given.route == INFUSION

    def read(self) -> Found:
        """Everything."""
        v = self.found.values
        self._what_was_given()
        self._levels()
        start = self._start()
        samples = started(self.curves, start, self.bolus)
        cut = pieces(samples.time, samples.level, self.rules.auc_method)
        last = np.where(self.above.any(axis=1), self.last + 1, 0)
        self._lag(samples)
        phase = self._phase()
        self._areas(cut, samples, last, phase)
        self._fate()
        if not np.isnan(self.given.tau).all():
            self._tau(cut, last)
        for name, values in self._partial(cut, last):
            v[name] = values
        if self.given.urine is not None:
            self._urine()
        _about_lines(self.found, self.given, self.curves, self.rules.auc_method)
        order = [*USUAL, *WITH_TAU]
        self.found.values = {name: v[name] for name in order if name in v} | v
        return self.found

    def _what_was_given(self) -> None:
        """What is missing because nothing is said of the dose."""
        given = self.given
        of_dose = [n for n in (*USUAL, *WITH_TAU, *WITH_URINE) if n.startswith(_OF_DOSE) or n.endswith("_dn")]
        in_vein = [name for name in USUAL if "_iv_" in name]
        self.shared = given.shared or _STEADY * given.steady
        self.found.say(of_dose, ~np.isfinite(given.dose), given.no_dose)
        if self.shared:
            self.found.say(_OF_ONE, np.ones(len(self.rows), bool), self.shared)
        self.found.say(in_vein, ~(self.bolus | self.infusion), "it is not given into a vein")
        self.found.say(in_vein, self.infusion & ~np.isfinite(given.duration), "how long the infusion took is not given")

    def _levels(self) -> None:
        """What is read off single samples."""
        v, (time, level, count) = self.found.values, self.curves
        there = self.curves.there
        inside = there & (time <= np.where(np.isnan(self.given.tau), np.inf, self.given.tau)[:, np.newaxis])
        self.above = there & (level > 0)
        some, any_sample = self.above.any(axis=1), inside.any(axis=1)
        highest = np.where(inside, level, -np.inf)
        self.peak: Counts = (
            highest.argmax(axis=1) if self.rules.first_tmax
            else level.shape[1] - 1 - highest[:, ::-1].argmax(axis=1)
        )  # fmt: skip
        self.last: Counts = level.shape[1] - 1 - self.above[:, ::-1].argmax(axis=1)
        rows = self.rows
        v["cmax"] = np.where(any_sample, level[rows, self.peak], np.nan)
        v["tmax"] = np.where(some & any_sample, time[rows, self.peak], np.nan)
        v["cmin"] = np.where(any_sample, np.where(inside, level, np.inf).min(axis=1), np.nan)
        v["cstart"] = np.where((time[:, 0] == 0) & (count > 0), level[:, 0], np.nan)
        v["tfirst"] = np.where(some, time[rows, self.above.argmax(axis=1)], np.nan)
        v["tlast"] = np.where(some, time[rows, self.last], np.nan)
        v["clast_obs"] = np.where(count > 0, np.where(some, level[rows, self.last], 0.0), np.nan)
        everything = frozenset([*USUAL, *WITH_TAU, *WITH_URINE, *self._named_partial()])
        self.found.say(everything, count == 0, "no sample from the dose on")
        self.found.say(("cmax", "tmax", "cmin"), ~any_sample, "no sample within tau")
        beyond = everything - {"cmax", "cmin", "clast_obs", "cstart", "auclast", "aucall", "aumclast", "aumcall"}
        self.found.say(beyond, ~some, "no level above zero")
        self.found.say(["cstart"], count > 0, "no sample at the time of the dose")

    def _start(self) -> Array:
        """The level at the time of the dose."""
        v, (time, level, count) = self.found.values, self.curves
        measured = np.where((time[:, 0] == 0) & (level[:, 0] > 0), level[:, 0], np.nan)
        # the first two samples after the dose
        first = np.minimum((time[:, :2] <= 0).sum(axis=1), level.shape[1] - 1)
        second = np.minimum(first + 1, level.shape[1] - 1)
        (c1, c2), (t1, t2) = ([x[self.rows, at] for at in (first, second)] for x in (level, time))
        falls = (c2 < c1) & (c2 > 0) & (first + 1 < count)
        sloped = np.where(falls, np.exp(np.log(c1) - np.log(c2 / c1) / (t2 - t1) * t1), np.nan)
        goes_on = np.zeros(len(level), bool) if self.given.goes_on is None else self.given.goes_on
        nothing = np.where(goes_on, np.nan, 0.0)
        ways = {
            "c0": measured, "logslope": sloped, "c1": np.where((first < count) & (t1 > 0), c1, np.nan),
            "cmin": v["cmin"], "set0": nothing,
        }  # fmt: skip
        found = np.full(len(level), np.nan)
        for route in np.unique(self.given.route).tolist():
            mine = self.given.route == route
            for way in self.rules.starts(route, steady=self.given.steady):
                found = np.where(mine & np.isnan(found), ways[way], found)
        v["c0"] = np.where(self.bolus, found, np.nan)
        self.found.say(["c0"], ~self.bolus, "it is not of a bolus")
        as_measured = ~self.bolus & (time[:, 0] == 0)
        self.start_missing = np.isnan(found) & ~as_measured & (count > 0)
        return found

    def _lag(self, samples: Curves) -> None:
        level = samples.level
        rises = (level[:, 1:] > level[:, :-1]) & samples.there[:, 1:]
        lag = samples.time[self.rows, rises.argmax(axis=1)]
        self.found.values["tlag"] = np.where(rises.any(axis=1) & ~self.bolus, lag, np.nan)
        self.found.say(["tlag"], self.bolus, "it is of a bolus, which has none")
        self.found.say(["tlag"], ~rises.any(axis=1), "no level rises")

    def _phase(self) -> Phase:
        v, rules = self.found.values, self.rules
        time, level, _ = self.curves
        with_peak = self.bolus if rules.allow_tmax_in_half_life == BOLUS else bool(rules.allow_tmax_in_half_life)
        columns = np.arange(level.shape[1])
        after = columns > (self.peak - with_peak)[:, np.newaxis]
        # an infusion has to have ended
        over = np.where(self.infusion & (self.given.duration > 0), self.given.duration, -np.inf)
        used = self.above & after & (time > over[:, np.newaxis])
        if rules.terminal == BEST_FIT:
            phase = best_fit(time, level, used, rules.min_hl_points, rules.adj_r_squared_factor)
        else:
            phase = settled(time, level, used, self.given.floor)
        v["clast_pred"] = np.exp(phase.intercept - phase.slope * v["tlast"])
        v["lambda_z"], v["half_life"] = phase.slope, np.log(2) / phase.slope
        v["lambda_z_n_points"] = phase.points.astype(float)
        v["lambda_z_time_first"], v["lambda_z_time_last"] = phase.first, phase.last
        v["lambda_z_intercept"] = phase.intercept
        v["lambda_z_corrxy"] = -np.sqrt(phase.r_squared)
        v["r_squared"], v["adj_r_squared"] = phase.r_squared, phase.adjusted
        v["span_ratio"] = (phase.last - phase.first) / v["half_life"]
        self.no_line = phase.points == 0
        needs = [*_NEEDS_LINE, *(name for name in (*USUAL, *WITH_TAU) if _extrapolates(name))]
        needs += [name for name in self._named_partial() if "inf" in name]
        self.needs_line = frozenset(needs)
        self.line_reason = phase.reason
        return phase

    def _areas(self, cut: Pieces, samples: Curves, last: Counts, phase: Phase) -> None:
        v, slope = self.found.values, phase.slope
        count = samples.samples
        few = self.curves.samples > 0
        v["auclast"], v["aumclast"] = (np.where(few, area, np.nan) for area in cut.upto(last))
        # the triangle to the next sample is straight by any method
        following = np.minimum(last + 1, count - 1)
        one, start = samples.level[self.rows, last], samples.time[self.rows, last]
        span = samples.time[self.rows, following] - start
        open_end = (following > last) & (last > 0)
        v["aucall"] = v["auclast"] + np.where(open_end, span * one / 2, 0.0)
        v["aumcall"] = v["aumclast"] + np.where(open_end, span * one * start / 2, 0.0)
        # what was measured at the dose and is zero is no sample of a bolus
        second = (self.curves.time[:, 0] == 0) & (self.curves.level[:, 0] == 0) & (cut.area.shape[1] > 1)
        back = np.where(second, cut.area[:, min(1, cut.area.shape[1] - 1)], cut.area[:, 0])
        for end, level in (("obs", v["clast_obs"]), ("pred", v["clast_pred"])):
            beyond = level / slope
            beyond_moment = level * v["tlast"] / slope + level / slope**2
            if end == "obs":
                # where little lies beyond, a slope that has not quite settled is good enough for it
                late = level / phase.so_far
                good = late * phase.left <= CONVERGED * (v["auclast"] + late)
                beyond = np.where(np.isnan(slope) & good, late, beyond)
                late = late * (v["tlast"] + 1 / phase.so_far)
                good &= 2 * late * phase.left <= CONVERGED * (v["aumclast"] + late)
                beyond_moment = np.where(np.isnan(slope) & good, late, beyond_moment)
            v[f"aucinf_{end}"] = v["auclast"] + beyond
            v[f"aumcinf_{end}"] = v["aumclast"] + beyond_moment
            for kind in ("auc", "aumc"):
                v[f"{kind}pext_{end}"] = 100 * (1 - v[f"{kind}last"] / v[f"{kind}inf_{end}"])
            # between a bolus and the first sample after it
            v[f"aucpbext_{end}"] = np.where(self.bolus, 100 * back / v[f"aucinf_{end}"], np.nan)
        self.found.say(("aucpbext_obs", "aucpbext_pred"), ~self.bolus, "it is not of a bolus")
        unknown = self.start_missing
        if unknown.any():
            names = [name for name in (*USUAL, *WITH_TAU, *self._named_partial()) if name[:3] in ("auc", "aum")]
            for name in names:
                if name in v:
                    v[name] = np.where(unknown, np.nan, v[name])
            self.found.say([*names, "c0"], unknown, "no level at the time of the dose is known, see c0=")
        self.found.say(self.needs_line, self.no_line, self.line_reason)

    def _fate(self) -> None:
        """What becomes of the dose: residence, clearance, volume."""
        v, given = self.found.values, self.given
        vein = self.bolus | self.infusion
        half = np.where(self.infusion, given.duration, 0.0) / 2
        for end, area in (("last", "last"), ("obs", "inf_obs"), ("pred", "inf_pred")):
            # an area that is nothing has no mean
            whole = np.where(v[f"auc{area}"] > 0, v[f"auc{area}"], np.nan)
            v[f"mrt_{end}"] = v[f"aumc{area}"] / whole
            v[f"mrt_iv_{end}"] = np.where(vein, v[f"mrt_{end}"] - half, np.nan)
            v[f"cl_{end}"] = given.dose / whole
        v["cl_all"] = given.dose / np.where(v["aucall"] > 0, v["aucall"], np.nan)
        for end in ("obs", "pred"):
            v[f"vz_{end}"] = v[f"cl_{end}"] / v["lambda_z"]
        for end in ("last", "obs", "pred"):
            for way in ("", "iv_"):
                mrt = v[f"mrt_{way}{end}"]
                v[f"vss_{way}{end}"] = v[f"cl_{end}"] * mrt
                v[f"thalf_eff_{way}{end}"], v[f"kel_{way}{end}"] = np.log(2) * mrt, 1 / mrt
        for name in [name for name in USUAL if name.endswith("_dn")]:
            v[name] = v[name.removesuffix("_dn")] / given.dose
        if self.shared:
            # the area to infinity is that of all doses before, too
            for name in _OF_ONE:
                v[name] = np.full(len(self.rows), np.nan)

    def _tau(self, cut: Pieces, last: Counts) -> None:
        v, tau = self.found.values, self.given.tau
        beyond = np.isfinite(tau) & (tau > v["tlast"])
        (v["auctau"], v["aumctau"]) = self._to(tau, cut, last, v["clast_obs"])
        # a sample beyond tlast at tau itself is measured, and nothing
        sampled = self.curves.there & (self.curves.time == tau[:, np.newaxis])
        at = sampled.argmax(axis=1)
        v["ctrough"] = np.where(sampled.any(axis=1), self.curves.level[self.rows, at], np.nan)
        for name in ("auc", "aumc"):
            measured_zero = beyond & sampled.any(axis=1)
            v[f"{name}tau"] = np.where(measured_zero, v[f"{name}all"], v[f"{name}tau"])
        v["cav"] = v["auctau"] / tau
        spread = v["cmax"] - v["cmin"]
        v["ptr"] = np.where(v["ctrough"] > 0, v["cmax"] / v["ctrough"], np.nan)
        v["swing"] = np.where(v["cmin"] > 0, 100 * spread / v["cmin"], np.where(np.isnan(spread), np.nan, np.inf))
        v["deg_fluc"] = np.where(v["cav"] > 0, 100 * spread / v["cav"], np.nan)
        v["accumulation_index"] = 1 / (1 - np.exp(-v["lambda_z"] * tau))
        whole = np.where(v["auctau"] > 0, v["auctau"], np.nan)
        steady = np.where(self.given.steady, 1.0, np.nan)
        v["cl_tau"] = steady * self.given.dose / whole
        v["vz_tau"] = v["cl_tau"] / v["lambda_z"]
        for end in ("obs", "pred"):
            v[f"mrt_md_{end}"] = steady * (v["aumctau"] + tau * (v[f"aucinf_{end}"] - whole)) / whole
            v[f"vss_md_{end}"] = v["cl_tau"] * v[f"mrt_md_{end}"]
        say = self.found.say
        say(WITH_TAU, ~np.isfinite(tau), "no tau is given")
        everyone = np.ones(len(tau), bool)
        if not self.given.steady:
            say(("cl_tau", "vz_tau", *(f"{a}_md_{e}" for a in ("mrt", "vss") for e in ("obs", "pred"))), everyone,
                "it is of doses at steady state: say steady_state=True")  # fmt: skip
        say(("ctrough", "ptr"), np.isnan(v["ctrough"]), "no sample at tau")
        say(["ptr"], everyone, "ctrough is zero")
        say([name for name in WITH_TAU if name not in ("ctrough", "ptr", "swing")], beyond & self.no_line,
            "the samples end before tau, and there is no terminal phase")  # fmt: skip

    def _to(self, when: Array, cut: Pieces, last: Counts, end_level: Array) -> tuple[Array, Array]:
        """Area and moment from the dose to a time, beyond tlast along the terminal phase from some level."""
        v = self.found.values
        _, area, moment = cut.at(when, last)
        after = np.where(when > v["tlast"], when - v["tlast"], 0.0)
        slope = v["lambda_z"]
        lost = -np.expm1(-slope * after)
        beyond = end_level / slope * lost
        beyond_moment = end_level / slope * (v["tlast"] * lost + lost / slope - after * np.exp(-slope * after))
        there = after > 0
        missing = np.isnan(when) | np.isnan(v["auclast"])
        return (
            np.where(missing, np.nan, area + np.where(there, beyond, 0.0)),
            np.where(missing, np.nan, moment + np.where(there, beyond_moment, 0.0)),
        )

    def _named_partial(self) -> list[str]:
        return [f"{kind}_{start:g}_{stop:g}" for start, stop in self.given.partial for kind in PARTIAL]

    def _partial(self, cut: Pieces, last: Counts) -> Iterable[tuple[str, Array]]:
        v = self.found.values
        for start, stop in self.given.partial:
            ends = [np.full(len(last), when) for when in (start, stop)]
            inside = [np.where(np.isnan(v["auclast"]), np.nan, cut.at(when, last)[1]) for when in ends]
            yield f"{PARTIAL[0]}_{start:g}_{stop:g}", inside[1] - inside[0]
            for kind, level in zip(PARTIAL[1:], (v["clast_obs"], v["clast_pred"]), strict=True):
                areas = [self._to(when, cut, last, level)[0] for when in ends]
                yield f"{kind}_{start:g}_{stop:g}", areas[1] - areas[0]

    def _urine(self) -> None:
        assert self.given.urine is not None
        v, (volume, amount) = self.found.values, self.given.urine
        v["volpk"], v["ae"], v["fe"] = volume, amount, amount / self.given.dose
        for end, area in (("last", "auclast"), ("obs", "aucinf_obs"), ("pred", "aucinf_pred")):
            v[f"clr_{end}"] = amount / np.where(v[area] > 0, v[area], np.nan)
        self.found.say(WITH_URINE, np.isnan(amount), "a level or volume of urine is missing")


_ENDS = ("last", "obs", "pred")

_OF_ONE = (
    *(name for name in USUAL if "_iv_" in name),
    *("cl_all", "vz_obs", "vz_pred"),
    *(f"{kind}_{end}" for kind in ("cl", "vss", "mrt", "thalf_eff", "kel") for end in _ENDS),
)
"""What holds where a profile is of one dose alone."""


def _extrapolates(name: str) -> bool:
    """Whether a number is of what lies beyond the last sample."""
    return name.removesuffix("_dn").endswith(("_obs", "_pred")) and name.removesuffix("_dn") != "clast_obs"


def doubts(values: Mapping[str, Array], rules: Rules, wanted: Collection[str]) -> list[tuple[str, Mask, str]]:
    """What is doubtful in some numbers, by the limits of the rules: of which number, in which profiles, and why.

    A line through points that scatter is doubtful; where a slope has settled there is no scatter to judge by.
    """
    beyond = any(_extrapolates(name) for name in wanted)
    found = []
    if rules.terminal == BEST_FIT and (beyond or any(name in _NEEDS_LINE for name in wanted)):
        found += [
            ("half_life", values["r_squared"] < rules.min_hl_r_squared, f"r_squared below {rules.min_hl_r_squared:g}"),
            ("half_life", values["span_ratio"] < rules.min_span_ratio, f"span_ratio below {rules.min_span_ratio:g}"),
        ]
    if beyond:
        much = values["aucpext_obs"] > rules.max_aucinf_pext
        found.append(("aucinf_obs", much, f"more than {rules.max_aucinf_pext:g} % of it is extrapolated"))
    return [one for one in found if one[1].any()]
