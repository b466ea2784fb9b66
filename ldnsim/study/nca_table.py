"""What a noncompartmental analysis gives: a table, reasons of what is missing, doubts, a figure and a record."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import LdnsimWarning
from ..noncompartmental.given import Curve, Found, Given
from ..noncompartmental.names import EVERY, PARTIAL, needed, unit_of
from ..noncompartmental.names import chosen as chosen_names
from ..noncompartmental.profiles import doubts as doubtful
from ..noncompartmental.rules import Rules
from .dosed_curves import converted

if TYPE_CHECKING:
    import pandas as pd

BETTER = {"clearance": "L/h", "volume": "L"}
"""Units that are read more easily than what they are made of."""

_TOLD = ("cmax", "tmax", "half_life", "auclast", "aucinf_obs", "cl_obs", "vz_obs", "mrt_obs")
_SHOWN = 12
_NAMED = 5


@dataclass(frozen=True, eq=False, repr=False)
class Noncompartmental:
    """Result of a noncompartmental analysis.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a profile: what tells it apart, then the numbers, nan where one is missing; units in ``attrs["units"]``,
        meanings in ``attrs["meaning"]``.
    reasons : pandas.DataFrame
        A row for every missing number: what tells the profile apart, ``parameter`` and ``reason``.
    doubts : pandas.DataFrame
        The same for numbers that are there and doubtful by the rules.
    runs : tuple
        The result that was read; empty for arrays and frames.
    settings : dict
        The rules, and what was asked.
    curves : list of Curve
        Each profile as a picture needs it.
    basis : str
        Assumptions and weakest evidence behind simulated curves; empty for others.
    """

    table: pd.DataFrame
    reasons: pd.DataFrame
    doubts: pd.DataFrame
    runs: tuple[Any, ...]
    settings: dict[str, Any]
    curves: list[Curve]
    basis: str = ""

    @cached_property
    def record(self) -> dict[str, Any]:
        """All that is needed to do it again: rules, what was asked, and the samples or the records of the runs."""
        if self.runs:
            return {**self.settings, "runs": [run.record for run in self.runs]}
        samples = [
            {"time": one.time.tolist(), "level": [None if math.isnan(x) else x for x in one.level.tolist()]}
            for one in self.curves
        ]
        return {**self.settings, "samples": samples}

    @property
    def units(self) -> Mapping[str, str]:
        """Units of the columns, where they are known."""
        found: Mapping[str, str] = self.table.attrs["units"]
        return found

    def plot(self) -> Any:
        """Curves on a logarithmic axis with their terminal lines, areas shaded; of effects about their lines.

        Returns
        -------
        matplotlib.figure.Figure
            A panel a profile, of the first twelve.
        """
        from ..plots.profiles import profile_panels

        settings = self.settings["rules"]
        rules = f"Areas: {settings['auc_method']}. Terminal line: {settings['terminal']}."
        notes = [rules * (not any(curve.lines for curve in self.curves)), self.basis]
        return profile_panels(self.curves, [note for note in notes if note], tuple(run.data.attrs for run in self.runs))

    @cached_property
    def _keys(self) -> list[str]:
        return [str(name) for name in self.table.columns if name in self.table.attrs["keys"]]

    def __repr__(self) -> str:
        return f"<Noncompartmental analysis of {len(self.table)} profiles; see table, reasons, doubts, plot()>"

    def __str__(self) -> str:
        told = [str(name) for name in self.table.columns if name not in self._keys]
        if len(told) > _SHOWN:
            told = [name for name in _TOLD if name in told and self.table[name].notna().any()] or told[:_SHOWN]
        units = {name: f"{name} [{self.units[name]}]" for name in told if self.units.get(name, "1") != "1"}
        shown = self.table[[*self._keys, *told]].rename(columns=units).head(_SHOWN)
        lines = [shown.to_string(index=False, float_format=lambda value: f"{value:.4g}")]
        left = len(self.table) - len(shown)
        if left:
            lines.append(f"and {left} profiles more")
        settings = self.settings["rules"]
        lines.append(f"Areas: {settings['auc_method']}. Terminal phase: {settings['terminal']}.")
        if len(self.doubts):
            lines.append(f"{len(self.doubts)} numbers are doubtful, see doubts.")
        if len(self.reasons):
            lines.append(f"{len(self.reasons)} numbers are missing, see reasons.")
        return "\n".join([*lines, *([self.basis] if self.basis else [])])


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as plain values, without what is not said."""
    found = {}
    for name, value in settings.items():
        if value is None or (isinstance(value, tuple) and not value):
            continue
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        found[name] = dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
    return found


def curves_of(keys: pd.DataFrame, given: Given, units: Mapping[str, str], found: Found) -> list[Curve]:
    """Each profile as a picture needs it."""
    time = np.broadcast_to(given.time, given.level.shape)
    labels = keys.to_dict("records") if len(keys.columns) else [{}] * len(given.level)
    line = ("lambda_z", "lambda_z_intercept", "lambda_z_time_first", "lambda_z_time_last")
    curves = []
    for row, label in enumerate(labels):
        there = slice(None) if given.there is None else given.there[row]
        title = ", ".join(_said(name, value) for name, value in label.items())
        lines = {
            name: float(values[row])
            for name, values in (("threshold", given.threshold), ("baseline", given.baseline)) if values is not None
        }  # fmt: skip
        slope, intercept, first, last = (
            float(found.values[name][row]) if name in found.values else np.nan for name in line
        )
        its_units = (units.get("time", ""), units.get("level", ""))
        curves.append(
            Curve(title, time[row][there], given.level[row][there], its_units, slope, intercept, first, last, lines)
        )
    return curves


def _said(name: Any, value: Any) -> str:
    """A key of a profile in its title."""
    if name in ("variable", "dose_time"):
        return str(value) if name == "variable" else f"dose at {value:g} h"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def made(
    found: Sequence[tuple[pd.DataFrame, Given, Mapping[str, str], Found, Sequence[str]]], rules: Rules,
    columns: Any, runs: tuple[Any, ...], settings: dict[str, Any], basis: str, depth: int,
) -> Noncompartmental:  # fmt: skip
    """Everything put together."""
    import pandas as pd

    tables, reasons, doubts, curves = [], [], [], []
    units: dict[str, set[str]] = {}
    names = list(dict.fromkeys(name for _, _, _, one, _ in found for name in one.values))
    wanted = names if columns is None else chosen_names(columns, {**dict.fromkeys(names), **EVERY})
    about = list(dict.fromkeys(str(name) for keys, *_ in found for name in keys.columns))
    for keys, given, known, one, problem in found:
        labels = keys.to_dict("records") if len(keys.columns) else [{}] * len(keys)
        kinds = {name: _kind(name) for name in wanted}
        of = {name: unit_of(kind, known) for name, kind in kinds.items()}
        scales = {}
        for name, kind in kinds.items():
            better = BETTER.get(kind, "")
            scale = converted(of[name], better) if better and of[name] else np.nan
            scales[name] = scale if np.isfinite(scale) else 1.0
            units.setdefault(name, set()).add(better if np.isfinite(scale) else of[name])
        values = {name: one.values.get(name, np.full(len(keys), np.nan)) * scales[name] for name in wanted}
        tables.append(pd.concat([keys.reset_index(drop=True), pd.DataFrame(values)], axis=1))
        lacking = [(row, name, needed(name)) for name in wanted if name not in one.values for row in range(len(keys))]
        for row, name, why in [*one.reasons(), *lacking]:
            if name in wanted:
                reasons.append({**labels[row], "parameter": name, "reason": (problem[row] if problem else "") or why})
        if not given.effect:
            for name, where, why in doubtful(one.values, rules, wanted):
                doubts += [{**labels[row], "parameter": name, "doubt": why} for row in np.flatnonzero(where)]
        curves += curves_of(keys, given, known, one)
    table = pd.concat(tables, ignore_index=True)[[*about, *wanted]]
    said = {name: next(iter(several)) for name, several in units.items() if len(several) == 1 and "" not in several}
    table.attrs |= {"units": said, "meaning": {name: _meaning(name) for name in wanted}, "keys": about}
    _warn(doubts, about, depth + 1)
    return Noncompartmental(
        table, pd.DataFrame(reasons, columns=[*about, "parameter", "reason"]),
        pd.DataFrame(doubts, columns=[*about, "parameter", "doubt"]), runs, settings, curves, basis,
    )  # fmt: skip


def _warn(doubts: Sequence[Mapping[Any, Any]], about: Sequence[str], depth: int) -> None:
    """Say once what is doubtful."""
    if not doubts:
        return
    several: dict[str, list[str]] = {}
    for one in doubts:
        whose = " ".join(str(one[name]) for name in about) or "the profile"
        several.setdefault(f"{one['parameter']}: {one['doubt']}", []).append(whose)
    told = [
        f"{what} in {', '.join(whose[:_NAMED])}{f' and {len(whose) - _NAMED} others' * (len(whose) > _NAMED)}"
        for what, whose in several.items()
    ]
    warnings.warn("; ".join(told), LdnsimWarning, stacklevel=depth + 1)


def _kind(name: str) -> str:
    return "area" if name.startswith(PARTIAL) else EVERY[name].kind


def _meaning(name: str) -> str:
    if not name.startswith(PARTIAL):
        return EVERY[name].meaning
    kind = next(one for one in PARTIAL if name.startswith(one))
    start, stop = name.removeprefix(f"{kind}_").split("_")
    how = {"last": "nothing beyond tlast", "obs": "beyond tlast from clast_obs", "pred": "beyond tlast from clast_pred"}
    return f"area from {start} to {stop}, {how[kind.rpartition('_')[2]]}"
