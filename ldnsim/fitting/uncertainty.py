"""How sure a fit is beyond its standard errors: likelihood profiles and the bootstrap, all of them in lockstep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import choice, listed, whole_number
from ..base.streams import MAX_SEED
from .likelihood import BELOW, SEEN
from .lockstep import descend
from .problem import WIDEST, Array

if TYPE_CHECKING:
    import pandas as pd

    from .result import Fit

KINDS = ("residual", "case", "parametric")
MOST = 100_000

_ROUNDS = 14
_CLOSE = 1e-4
"""How close the likelihood comes to that of an end, over that."""

_FARTHEST = 50.0
"""Standard errors beyond which an end is not looked for."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Likelihood profiles.

    Attributes
    ----------
    table : pandas.DataFrame
        ID, parameter, estimate, low and high (ends of the 95 % interval; nan where it is open), and unit.
    points : pandas.DataFrame
        ID, parameter, value, and deviance: twice the loss of log-likelihood.
    """

    table: pd.DataFrame
    points: pd.DataFrame

    def plot(self) -> Any:
        """Root of the deviance over each parameter; straight lines are where standard errors say the same."""
        from .pictures import profiles

        return profiles(self)

    def __str__(self) -> str:
        return self.table.to_string(index=False, float_format=lambda value: f"{value:.4g}")


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Fits of data that might have been measured too.

    Attributes
    ----------
    estimates : pandas.DataFrame
        ID, draw, and a column a parameter, for every fit that ended.
    table : pandas.DataFrame
        ID, parameter, median, SE, and low and high (2.5th and 97.5th percentile).
    kind : str
        What was drawn.
    n, failed, seed : int
        How many fits of each unit, how many of all did not end, and the seed.
    """

    estimates: pd.DataFrame
    table: pd.DataFrame
    kind: str
    n: int
    failed: int
    seed: int

    def __str__(self) -> str:
        said = f"{self.kind} bootstrap, {self.n} fits each (seed {self.seed}), {self.failed} of all did not end"
        return f"{said}\n{self.table.to_string(index=False, float_format=lambda value: f'{value:.4g}')}"


def profile(fit: Fit, names: Any = None) -> Profile:
    """Likelihood profiles, see `Fit.profile`.

    An end is where the deviance is what Student's t says: ``n log(1 + t**2 / df)``, which for least squares is the
    bound of ``nls`` and of F-tests.
    """
    import pandas as pd

    wanted = list(fit.names) if names is None else listed(names, "names", "names of parameters that were fitted")
    for name in wanted:
        choice("names", name, fit.names)
    p = len(fit.names)
    errors = np.sqrt(np.einsum("npp->np", fit.everything[:, :p, :p]))
    # what stands at a bound has none of its own
    pairs = [
        (k, fit.names.index(name)) for k in range(len(fit.units)) for name in wanted
        if np.isfinite(errors[k, fit.names.index(name)]) and np.isfinite(fit.quantile[k])
    ]  # fmt: skip
    unit, place = np.repeat(np.array(pairs, dtype=np.int64).reshape(-1, 2), 2, axis=0).T
    side = np.tile([-1.0, 1.0], len(pairs))
    goal = fit.quantile[unit]
    df = fit.counted[unit]
    best, sd = fit.ended.x[unit], errors[unit, place]
    shift = np.nan_to_num(fit.everything[unit, :p, place]) / (sd**2)[:, None]
    here = best[np.arange(len(unit)), place]
    low, high = fit.problem.low[place], fit.problem.high[place]
    floor = np.where(side < 0, low, high)
    inner, outer = np.zeros(len(unit)), np.full(len(unit), np.nan)
    inner_z, outer_z = np.zeros(len(unit)), np.full(len(unit), np.nan)
    step = goal * sd
    found, open_end = np.zeros(len(unit), dtype=bool), np.zeros(len(unit), dtype=bool)
    points: list[tuple[Any, str, float, float]] = [
        (fit.units[k], fit.names[at], float(fit.natural[k, at]), 0.0) for k, at in pairs
    ]
    for _ in range(_ROUNDS):
        who = np.flatnonzero(~found & ~open_end)
        if not len(who):
            break
        room = np.abs(floor[who] - here[who])
        step[who] = np.minimum(step[who], room)
        at = here[who] + side[who] * step[who]
        deviance = _held(fit, unit[who], place[who], at, best[who] + shift[who] * (at - here[who])[:, None])
        z = _as_t(deviance, df[who], fit.problem.observed.numbers[unit[who]])
        points += [
            (fit.units[unit[k]], fit.names[place[k]], _natural(fit, np.full(p, one))[place[k]], float(lost))
            for k, one, lost in zip(who, at, deviance, strict=True) if np.isfinite(lost)
        ]  # fmt: skip
        close = np.abs(z - goal[who]) < _CLOSE * goal[who]
        found[who[close]] = True
        beyond = ~(z < goal[who])
        outer[who[beyond]], outer_z[who[beyond]] = step[who[beyond]], z[beyond]
        inner[who[~beyond]], inner_z[who[~beyond]] = step[who[~beyond]], z[~beyond]
        open_end[who] = ~found[who] & ~beyond & ((step[who] >= room) | (step[who] > _FARTHEST * sd[who]))
        left = who[~found[who]]
        step[left] = _next(inner[left], inner_z[left], outer[left], outer_z[left], goal[left])
    ends = np.where(found, here + side * step, np.nan)
    rows = []
    for k in range(0, len(unit), 2):
        own, name = int(unit[k]), fit.names[place[k]]
        entry = fit.problem.lanes.entries(int(fit.problem.members[own][0]))[name]
        values = [float(_natural(fit, np.full(p, end))[place[k]]) for end in (here[k], ends[k], ends[k + 1])]
        rows.append(
            {
                "ID": fit.units[own],
                "parameter": name,
                **dict(zip(("estimate", "low", "high"), values, strict=True)),
                "unit": entry.unit,
            }
        )
    frame = pd.DataFrame(points, columns=["ID", "parameter", "value", "deviance"])
    columns = ["ID", "parameter", "estimate", "low", "high", "unit"]
    return Profile(
        pd.DataFrame(rows, columns=columns),
        frame.sort_values(["ID", "parameter", "value"], kind="stable", ignore_index=True),
    )


def _natural(fit: Fit, x: Array) -> Array:
    return fit.problem.natural(x)


def _as_t(deviance: Array, df: Array, count: Array) -> Array:
    """The t that a deviance amounts to."""
    with np.errstate(all="ignore"):
        squared = np.where(np.isinf(df), deviance, df * np.expm1(np.maximum(deviance, 0.0) / count))
        found: Array = np.sqrt(np.maximum(squared, 0.0))
    return found


def _next(inner: Array, inner_z: Array, outer: Array, outer_z: Array, goal: Array) -> Array:
    """The next step: between the ends of a bracket, or farther out where there is none yet."""
    with np.errstate(all="ignore"):
        straight = inner + (outer - inner) * (goal - inner_z) / (outer_z - inner_z)
        middle = 0.5 * (inner + outer)
        # what ends in nothing that could be run is halved
        between = np.where(
            np.isfinite(straight),
            np.clip(straight, inner + 0.05 * (outer - inner), outer - 0.05 * (outer - inner)),
            middle,
        )
        farther = inner * np.clip(goal / inner_z, 1.05, 3.0)
    return np.where(np.isnan(outer), farther, between)


def _held(fit: Fit, unit: NDArray[np.int64], place: NDArray[np.int64], at: Array, start: Array) -> Array:
    """Deviance where one coordinate of each is held and the others are fitted again."""
    problem = fit.problem.at(unit)
    start = start.copy()
    start[np.arange(len(unit)), place] = at
    free = np.arange(start.shape[1]) != place[:, None]
    ended = descend(problem.evaluated, start, problem.low, problem.high, free)
    found: Array = 2 * (ended.value - fit.ended.value[unit])
    return np.where(np.isfinite(found), found, np.inf)


def bootstrap(fit: Fit, n: Any, kind: Any, seed: Any) -> Bootstrap:
    """The bootstrap, see `Fit.bootstrap`."""
    import pandas as pd

    n = whole_number(n, "n", low=2, high=MOST)
    choice("kind", kind, KINDS)
    seed = whole_number(seed, "seed", high=MAX_SEED)
    able = np.array([k for k, one in enumerate(fit.identified) if not one.why and np.isfinite(fit.ended.value[k])])
    generator = np.random.default_rng(seed)
    lanes = 1 + 2 * len(fit.names)
    together = max(WIDEST // (lanes * max(map(len, fit.problem.members)) * max(len(able), 1)), 1)
    frames, failed = [], 0
    for first in range(0, n, together):
        draws = np.arange(first, min(first + together, n))
        unit = np.tile(able, len(draws))
        problem = replace(fit.problem.at(unit), observed=_drawn(fit, unit, kind, generator))
        start = fit.ended.x[unit]
        ended = descend(problem.evaluated, start, problem.low, problem.high)
        good = ended.converged & np.isfinite(ended.value)
        failed += int((~good).sum())
        frame = pd.DataFrame(problem.natural(ended.x[good]), columns=list(fit.names))
        frame.insert(0, "draw", np.repeat(draws, len(able))[good])
        frame.insert(0, "ID", [fit.units[k] for k in unit[good]])
        frames.append(frame)
    estimates = pd.concat(frames, ignore_index=True)
    rows = []
    for id, own in estimates.groupby("ID", sort=False):
        for name in fit.names:
            low, middle, high = np.quantile(own[name], [0.025, 0.5, 0.975])
            rows.append(
                {"ID": id, "parameter": name, "median": middle, "SE": own[name].std(), "low": low, "high": high}
            )
    return Bootstrap(estimates, pd.DataFrame(rows), kind, n, failed, seed)


def _drawn(fit: Fit, unit: NDArray[np.int64], kind: str, generator: np.random.Generator) -> Any:
    """Data of units that might have been measured too."""
    observed, error = fit.problem.observed.only(unit), fit.problem.error
    there = observed.kind > 0
    if kind == "case":
        return observed._replace(weight=_cases(fit, unit, there, generator))
    predicted = error.seen_as(fit.at_end.predicted)[unit]
    own = fit.spreads[unit[:, None], observed.group]
    by_level = np.array([part == "proportional" for part in error.parts])
    spread = np.sqrt(np.square(own * np.where(by_level, predicted[..., None], 1.0)).sum(axis=-1))
    if not np.isfinite(spread[there]).all():
        raise InputError("kind", kind, "'case', because no measurement is left to tell the error")
    if kind == "parametric":
        drawn = generator.standard_normal(there.shape)
    else:
        drawn = np.zeros(there.shape)
        for k, which in enumerate(unit.tolist()):
            seen = fit.problem.observed.kind[which] == SEEN
            # in units of a spread that counts the parameters, residuals are too small by what these took
            left = ((observed.value[k] - predicted[k]) / spread[k])[seen]
            left = (left - left.mean()) * _widened(fit, which)
            drawn[k] = generator.choice(left, len(drawn[k]))
    value = predicted + spread * drawn
    lower = (observed.kind == BELOW) & (value < observed.value)
    return observed._replace(
        value=np.where(there & ~lower, value, observed.value),
        kind=np.where(there, np.where(lower, BELOW, SEEN), observed.kind).astype(np.int8),
    )


def _widened(fit: Fit, which: int) -> float:
    count, left = float(fit.problem.observed.numbers[which]), float(fit.counted[which])
    return float(np.sqrt(count / left)) if np.isfinite(left) else 1.0


def _cases(fit: Fit, unit: NDArray[np.int64], there: NDArray[np.bool_], generator: np.random.Generator) -> Array:
    """How often each measurement counts: those of one subject drawn one by one, of pooled data subject by subject."""
    weight = np.zeros(there.shape)
    for k, which in enumerate(unit.tolist()):
        members = len(fit.problem.members[which])
        if members > 1:
            often = np.bincount(generator.integers(members, size=members), minlength=members)
            weight[k] = np.repeat(often, there.shape[1] // members)
        else:
            rows = np.flatnonzero(there[k])
            weight[k, rows] = np.bincount(generator.integers(len(rows), size=len(rows)), minlength=len(rows))
    return np.where(there, weight, 0.0)
