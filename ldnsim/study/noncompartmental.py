"""Noncompartmental analysis of arrays, frames and results: the verb `ldnsim.nca`, and its values as endpoints."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import number, truth
from ..base.units import quantity
from ..noncompartmental.frames import Asked, pairs, read_arrays, read_frame
from ..noncompartmental.profiles import profiles
from ..noncompartmental.rules import Rules
from ..noncompartmental.terminal import SETTLED
from ..noncompartmental.urine import collected
from .dosed_curves import profiles_of, taken_in
from .nca_table import Noncompartmental, made, plain

if TYPE_CHECKING:
    import xarray as xr


def nca(
    data: Any,
    concentration: Any = None,
    *,
    time: str | None = None,
    by: str | Sequence[str] = (),
    dose: Any = None,
    route: Any = None,
    duration: Any = None,
    dose_time: Any = 0.0,
    tau: Any = None,
    steady_state: bool | None = None,
    intervals: Sequence[tuple[float, float]] = (),
    partial_areas: Sequence[tuple[float, float]] = (),
    threshold: float | None = None,
    baseline: float | str | None = None,
    effect: bool = False,
    urine: Any = None,
    columns: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    variable: str | None = None,
    labels: Mapping[str, str] | None = None,
    doses: str | int = "last",
    **rules: Any,
) -> Noncompartmental:
    """Noncompartmental analysis, with the names and defaults of PKNCA.

    Parameters
    ----------
    data : array_like, frame, or result of `ldnsim.simulate`
        Times; or a row a sample (pandas, polars, or a mapping from column to values); or what was simulated, which
        is the same as ``result.nca(...)``.
    concentration : array_like or str, optional
        Levels, shape (n_times,) or (n_curves, n_times); of a frame the column, found as ``concentration``, ``conc``
        or ``DV`` if none. 0, ``"<0.05"`` and ``"BLQ"`` are below the limit of quantification.
    time : str, optional
        Column of times; ``time`` in any case if none.
    by : str or sequence of str
        Columns that tell profiles apart: subjects, occasions, analytes.
    dose : float, str, sequence or mapping, optional
        How much was given: one number for all, ``"320 mg"``, a column, a mapping from subject to dose, or one for
        each profile or interval. Of a result in place of what the regimen says.
    route : {"extravascular", "oral", "bolus", "infusion"}, optional
        How; also a column or one for each. By default extravascular, and of a result what it was.
    duration, dose_time, tau : float, sequence, mapping or str, optional
        How long an infusion took, when the dose was given, and how long it is until the next one, in the same way and
        in the unit of the times.
    steady_state : bool, optional
        Whether doses were given before until nothing changed any more: what holds for one dose is then missing, and
        ``cl_tau``, ``mrt_md_obs`` and others take its place. Of a result whether it began so if none.
    intervals : sequence of (float, float)
        Stretches of time that are profiles of their own, each with a dose at its start.
    partial_areas : sequence of (float, float)
        Start and end of areas ``aucint_last_0_12``, ``aucint_inf_obs_0_12`` and ``aucint_inf_pred_0_12``, from the
        dose on.
    threshold : float, optional
        A level: ``time_above`` and ``time_below`` it.
    baseline : float or "start", optional
        A level, or that at the dose: ``auec_above``, ``auec_below`` and ``auec_net`` about it.
    effect : bool
        Whether levels are of an effect, which may be below zero: nothing but what the last two need is read.
    urine : frame, optional
        Columns ``concentration`` and ``volume`` of each collection and those of `by`: ``ae``, ``fe``, ``clr_last``.
    columns : sequence of str, optional
        Which numbers; dots may stand for underscores. All of them if none.
    units : mapping of str to str, optional
        Units of ``time``, ``level`` and ``dose``, where no heading such as ``conc [mg/L]`` says them.
    variable, labels, doses
        Of a result: which variable (what it observes if none), which labels of its other dimensions (all if none),
        and from which dose on: ``"first"``, ``"last"``, ``"all"`` or a number from 1.
    **rules
        As `ldnsim.noncompartmental.Rules` has them: ``auc_method``, ``conc_blq``, ``conc_na``, ``c0``,
        ``first_tmax``, ``allow_tmax_in_half_life``, ``terminal``, ``min_hl_points``, ``adj_r_squared_factor``,
        ``min_hl_r_squared``, ``min_span_ratio``, ``max_aucinf_pext``. The terminal phase of data is the line that
        fits best; that of simulated curves, which have no errors, is where their slope has settled.

    Returns
    -------
    Noncompartmental
        A table, reasons of what is missing, doubts, a figure and a record.

    Raises
    ------
    InputError
        If something cannot be used; it is named.

    Warns
    -----
    LdnsimWarning
        Where half-lives or areas to infinity are doubtful, or samples lie before the dose.

    References
    ----------
    Denney, Duvvuri and Buckeridge, J Pharmacokinet Pharmacodyn 42:11 (2015): PKNCA.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.array([0, 1, 2, 4, 8, 12, 24])
    >>> found = nca(time, 10 * np.exp(-0.1 * time), dose=100, route="bolus")
    >>> found.table[["half_life", "cl_obs"]].round(4).values.tolist()
    [[6.9315, 1.0]]
    """
    settings = {
        "dose": dose, "route": route, "duration": duration, "tau": tau, "steady_state": steady_state,
        "partial_areas": partial_areas, "threshold": threshold, "baseline": baseline, "effect": effect,
        "columns": columns, **rules,
    }  # fmt: skip
    of_result = {"variable": variable, "labels": labels, "doses": doses}
    of_data = {"concentration": concentration, "time": time, "by": by, "dose_time": dose_time, "intervals": intervals,
               "urine": urine, "units": units}  # fmt: skip
    usual = {"dose_time": 0.0, "by": (), "intervals": (), "doses": "last"}
    if "DV" in getattr(data, "table", ()):
        raise InputError("data", type(data).__name__, "its .table with by='ID', or the run that it was made of, .runs")
    if hasattr(data, "runs"):
        # of a fit, a comparison, a dose that was found
        data = _only(data.runs)
    own = getattr(data, "nca", None)
    if callable(own) and not hasattr(data, "columns"):
        for name, value in of_data.items():
            if not (value is None or _same(value, usual.get(name))):
                raise InputError(name, value, "to be left out for a result, which says it")
        done: Noncompartmental = own(**settings, **of_result)
        return done
    for name, value in of_result.items():
        if not (value is None or _same(value, usual.get(name))):
            raise InputError(name, value, "to be left out for arrays and frames")
    ask = asked_of(settings, intervals=intervals, dose_time=dose_time)
    asked = replace(ask, route="extravascular" if route is None else route, steady_state=bool(ask.steady_state))
    read = Rules(**known_rules(rules))
    if hasattr(data, "data_vars"):
        raise InputError("data", "a dataset", "the run it is of; of curves of an Ensemble see ldnsim.nca_endpoint")
    framed = isinstance(data, Mapping) or hasattr(data, "columns")
    if framed:
        table = read_frame(data, time, concentration, by, asked, units)
    else:
        for name in ("time", "by", "intervals"):
            if not (of_data[name] is None or _same(of_data[name], usual.get(name))):
                raise InputError(name, of_data[name], "to be left out for arrays, which have no columns")
        if concentration is None:
            raise InputError("concentration", None, "levels beside the times, or a frame, or a result of ldnsim")
        table = read_arrays(data, concentration, asked)
        table.units.update(_named_units(units))
    given = table.given
    if urine is not None:
        given = replace(given, urine=collected(urine, table.keys))
    for note in table.notes:
        warnings.warn(note, LdnsimWarning, stacklevel=2)
    asked_for = {"rules": plain(asdict(read)), "asked": plain(settings)}
    return made(
        [(table.keys, given, table.units, profiles(given, read), [])], read, columns, (), asked_for, "", depth=2
    )


def _only(runs: Any) -> Any:
    """The one run behind what another verb gave; raises `InputError` where there are more."""
    several = (
        dict(runs) if isinstance(runs, Mapping) else dict(enumerate(runs)) if isinstance(runs, list) else {0: runs}
    )
    if len(several) != 1:
        names = ", ".join(repr(name) for name in several) or "none"
        raise InputError("data", f"{len(several)} runs", f"one run, such as one of its .runs ({names})")
    (one,) = several.values()
    if not hasattr(one, "nca"):
        raise InputError("data", type(one).__name__, "curves; those behind what was found are none")
    return one


class Profiles(NamedTuple):
    """What a result has to be read.

    Attributes
    ----------
    parts : sequence of (xarray.Dataset, mapping)
        Curves, and what tells those of one dataset from those of another.
    routes : sequence of str, optional
        Routes of the doses, where a regimen says them.
    noisy : sequence of str
        Variables with errors of observation, which are read as data are.
    """

    parts: Sequence[tuple[xr.Dataset, Mapping[str, Any]]]
    routes: Sequence[str] | None = None
    noisy: Sequence[str] = ()


class Analysed:
    """A result with a noncompartmental analysis."""

    record: Any

    def _profiles(self) -> Profiles:
        raise NotImplementedError

    def nca(self, **asked: Any) -> Noncompartmental:
        """Noncompartmental analysis of what is observed, from the last dose on, see `ldnsim.nca`.

        Parameters
        ----------
        **asked
            ``variable``, ``labels`` and ``doses`` say what is read; the rest as in `ldnsim.nca`, but for what is of
            data: ``concentration``, ``time``, ``by``, ``dose_time``, ``intervals``, ``urine`` and ``units``.

        Returns
        -------
        Noncompartmental
            A row for each subject, each label of the variable such as each analyte, and each dose.

        Raises
        ------
        InputError
            If something cannot be used.
        """
        return _of_result(self, self._profiles(), asked)


def _of_result(run: Any, of: Profiles, settings: Mapping[str, Any]) -> Noncompartmental:
    """The analysis of a result."""
    given_rules = {name: value for name, value in settings.items() if name not in _ASKED}
    asked = asked_of({name: settings.get(name, usual) for name, usual in _ASKED.items()})
    variable, labels, doses = settings.get("variable"), settings.get("labels") or {}, settings.get("doses", "last")
    if asked.dose is not None:
        asked = replace(asked, dose=quantity(asked.dose, "mg", "dose", low=0.0))
    if asked.tau is not None:
        asked = replace(asked, tau=number(asked.tau, "tau", low=1e-12))
    found = []
    tables = []
    for data, keys in of.parts:
        steady = asked.steady_state
        if steady is None:
            steady = ", from steady state" in str(data.attrs.get("regimen", ""))
        for one in profiles_of(
            data, replace(asked, steady_state=steady), variable, labels, doses, taken_in(data, of.routes), keys
        ):
            name = str(one.keys["variable"].iloc[0])
            read = Rules(**{**({} if name in of.noisy else {"terminal": SETTLED}), **known_rules(given_rules)})
            tables.append(one)
            found.append((one.keys, one.given, one.units, profiles(one.given, read), one.problem))
    first = of.parts[0][0].attrs
    behind = "; ".join(dict.fromkeys(f"{one.keys['variable'].iloc[0]} {one.weakest}" for one in tables if one.weakest))
    basis = f"Assumptions: {first['assumptions']}." if first.get("assumptions") else ""
    basis += f" Weakest evidence: {behind}." * bool(behind)
    asked_for = {"rules": plain(asdict(read)), "asked": plain(dict(settings))}
    return made(found, read, settings.get("columns"), (run,), asked_for, basis.strip(), depth=3)


_ASKED: dict[str, Any] = {
    "dose": None, "route": None, "duration": None, "tau": None, "steady_state": None, "partial_areas": (),
    "threshold": None, "baseline": None, "effect": False, "columns": None, "variable": None, "labels": None,
    "doses": "last",
}  # fmt: skip


def asked_of(settings: Mapping[str, Any], *, intervals: Any = (), dose_time: Any = 0.0) -> Asked:
    """What is asked, checked."""
    steady = settings["steady_state"]
    return Asked(
        dose=settings["dose"], duration=settings["duration"], tau=settings["tau"], route=settings["route"],
        dose_time=dose_time, steady_state=steady if steady is None else truth("steady_state", steady),
        effect=truth("effect", settings["effect"]), intervals=pairs(intervals, "intervals"),
        partial_areas=pairs(settings["partial_areas"], "partial_areas"), threshold=settings["threshold"],
        baseline=settings["baseline"],
    )  # fmt: skip


def known_rules(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rules by the names that there are."""
    known = list(Rules.__dataclass_fields__)
    for name in rules:
        if name not in known:
            raise InputError(name, rules[name], f"no such argument: rules are {', '.join(known)}")
    return rules


def _same(value: Any, usual: Any) -> bool:
    return value is usual or (isinstance(value, str | float | int | list | tuple) and value == usual) or (
        isinstance(value, list) and tuple(value) == usual
    )  # fmt: skip


def _named_units(units: Mapping[str, str] | None) -> dict[str, str]:
    """Units of time, level and dose; raises `InputError` for another name."""
    for name, unit in (units or {}).items():
        if name not in ("time", "level", "dose") or not isinstance(unit, str):
            raise InputError("units", {name: unit}, "units of time, level and dose, such as {'level': 'mg/L'}")
    return dict(units or {})
