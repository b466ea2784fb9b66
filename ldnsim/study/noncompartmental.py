"""Noncompartmental analysis of arrays, frames and results: the verb `ldnsim.nca`, and its values as endpoints."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import number, truth
from ..base.units import quantity
from ..noncompartmental.frames import Asked, pairs, read_arrays, read_frame
from ..noncompartmental.names import EVERY, USUAL, WITH_BASELINE, WITH_TAU, WITH_THRESHOLD, WITH_URINE, unit_of
from ..noncompartmental.names import chosen as chosen_names
from ..noncompartmental.profiles import profiles
from ..noncompartmental.rules import Rules
from ..noncompartmental.terminal import SETTLED
from ..noncompartmental.urine import collected
from .dosed_curves import converted, profiles_of, taken_in
from .nca_table import BETTER, Noncompartmental, made, plain

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
    ask = _asked(settings, intervals=intervals, dose_time=dose_time)
    asked = replace(ask, route="extravascular" if route is None else route, steady_state=bool(ask.steady_state))
    read = Rules(**_known(rules))
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
    return next(iter(several.values()))


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
    asked = _asked({name: settings.get(name, usual) for name, usual in _ASKED.items()})
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
            read = Rules(**{**({} if name in of.noisy else {"terminal": SETTLED}), **_known(given_rules)})
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


def _asked(settings: Mapping[str, Any], *, intervals: Any = (), dose_time: Any = 0.0) -> Asked:
    """What is asked, checked."""
    steady = settings["steady_state"]
    return Asked(
        dose=settings["dose"], duration=settings["duration"], tau=settings["tau"], route=settings["route"],
        dose_time=dose_time, steady_state=steady if steady is None else truth("steady_state", steady),
        effect=truth("effect", settings["effect"]), intervals=pairs(intervals, "intervals"),
        partial_areas=pairs(settings["partial_areas"], "partial_areas"), threshold=settings["threshold"],
        baseline=settings["baseline"],
    )  # fmt: skip


def _known(rules: Mapping[str, Any]) -> Mapping[str, Any]:
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


@dataclass(frozen=True)
class NcaEndpoint:
    """A number of noncompartmental analysis as an endpoint, see `nca_endpoint`.

    Attributes
    ----------
    name : str
        Which number.
    read : callable
        Gives the number of each person, shape (n_persons,), and its unit; that is empty where it is not known.
    """

    name: str
    read: Callable[[xr.Dataset], tuple[NDArray[np.float64], str]] = field(repr=False)

    def __call__(self, data: xr.Dataset) -> NDArray[np.float64]:
        """The number of each person."""
        return self.read(data)[0]

    def unit(self, data: xr.Dataset) -> str:
        """Its unit in a result."""
        return self.read(data)[1]

    def __str__(self) -> str:
        return self.name


def nca_endpoint(
    name: str,
    variable: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    doses: str | int = "last",
    dose: float | None = None,
    route: str | None = None,
    tau: float | None = None,
    steady_state: bool | None = None,
    threshold: float | None = None,
    baseline: float | str | None = None,
    effect: bool = False,
    **rules: Any,
) -> NcaEndpoint:
    """A number of noncompartmental analysis as an endpoint, of an `Ensemble`, of sensitivity and of design.

    Parameters
    ----------
    name : str
        Which number, a column of `Noncompartmental.table`.
    variable, labels, doses, dose, route, tau, steady_state, threshold, baseline, effect, **rules
        As in `nca`; labels that are not said are the first of their dimension. The dose is that of each run, also
        where rows differ in it; `dose` [mg] says another one of what all take.

    Returns
    -------
    NcaEndpoint
        Takes curves of runs, gives the number of each, shape (n_persons,).

    Raises
    ------
    InputError
        If there is no such number; when it is called, if `dose` is said and doses are changed.

    Examples
    --------
    >>> import ldnsim
    >>> ready = ldnsim.Ensemble("4.5 mg", until=48, outputs=["plasma"], engine="batch")
    >>> found = ready.endpoints({"pk.cl": [100.0, 200.0]}, {"area": nca_endpoint("auclast")})
    >>> bool(found["area"][0] > found["area"][1])
    True
    """
    known = [*USUAL, *(WITH_TAU if tau is not None or steady_state else ())]
    known += [*(WITH_THRESHOLD if threshold is not None else ()), *(WITH_BASELINE if baseline is not None else ())]
    wanted = chosen_names([name], [one for one in known if one not in WITH_URINE])[0]
    asked = _asked({
        "dose": None if dose is None else number(dose, "dose", low=0.0), "route": route, "duration": None,
        "tau": None if tau is None else number(tau, "tau", low=1e-12), "steady_state": steady_state,
        "partial_areas": (), "threshold": threshold, "baseline": baseline, "effect": effect,
    })  # fmt: skip
    read = Rules(**{"terminal": SETTLED, **_known(rules)})

    def number_of(data: xr.Dataset) -> tuple[NDArray[np.float64], str]:
        of = variable or str(data.attrs.get("observed", "plasma"))
        first = {
            str(dim): str(data[dim].values[0])
            for dim in (data[of].dims if of in data.data_vars else ()) if dim not in ("time", "person")
        }  # fmt: skip
        steady = steady_state
        if steady is None:
            steady = ", from steady state" in str(data.attrs.get("regimen", ""))
        (one,) = profiles_of(
            data, replace(asked, steady_state=steady), variable, {**first, **(labels or {})}, doses, taken_in(data), {}
        )
        own, better = unit_of(EVERY[wanted].kind, one.units), BETTER.get(EVERY[wanted].kind, "")
        scale = converted(own, better) if own and better else math.nan
        found = profiles(one.given, read).values[wanted]
        return (found * scale, better) if math.isfinite(scale) else (found, own)

    return NcaEndpoint(wanted, number_of)
