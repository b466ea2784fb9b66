"""Results of any kind as what answers are read off: named datasets of single people."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, LdnsimWarning
from ..base.units import clock_text
from ..dosing.phases import BEDTIME, clock_of
from ..plots.drawing import evidence_line
from ..results.behind import Shown, evidence_behind
from ..results.carried import told_by
from ..results.over_time import FINISHED, finished
from ..results.words import word
from ..study.ensemble import MG
from ..study.table_run import TableRun
from .crossing import LAST_DAY, Question

if TYPE_CHECKING:
    import xarray as xr

_EXPECTED = (
    "a run, a comparison, curves of an Ensemble, or several of them in a list or by name "
    "(a dose response keeps no curves: compare(), or Ensemble(...).curves({'mg': [...]}))"
)


class Part(NamedTuple):
    """People of one run.

    Attributes
    ----------
    name : str
        What the run is called; empty where it is alone.
    data : xarray.Dataset
        Those whose run finished, or the one subject.
    who : list
        Who they are.
    lost : list of (object, str)
        Whose run did not finish, and why.
    """

    name: str
    data: xr.Dataset
    who: list[Any]
    lost: list[tuple[Any, str]]


def parts_of(result: object, variable: str = "") -> list[Part]:
    """Results as named datasets; raises `InputError` for what has no curves."""
    several = _several(result)
    found = [part for name, one in several for part in _parts(name, one, variable)]
    if not found:
        raise InputError("result", result, _EXPECTED)
    return found


def _several(result: object) -> list[tuple[str, Any]]:
    if hasattr(result, "runs"):
        # a comparison, a fit, a dose that was found
        return _several(result.runs)
    if isinstance(result, Mapping) and not hasattr(result, "data_vars"):
        return [(str(name), one) for name, one in result.items()]
    if isinstance(result, list | tuple):
        names = [str(_data(one).attrs.get("regimen", "run")) for one in result]
        return [
            (f"{name} ({place + 1})" if names.count(name) > 1 else name, one)
            for place, (name, one) in enumerate(zip(names, result, strict=True))
        ]
    return [("", result)]


def _data(one: object) -> Any:
    data: Any = getattr(one, "data", one)
    if not hasattr(data, "data_vars") or not ("time" in data.dims or isinstance(one, TableRun)):
        raise InputError("result", type(one).__name__, _EXPECTED)
    return data


def _parts(name: str, one: Any, variable: str) -> Iterator[Part]:
    if isinstance(one, TableRun):
        for id in one.table.subjects:
            yield Part(name, described(one, one.subject(id)), [id], [])
        return
    data = _data(one)
    if "person" not in data.dims:
        yield Part(name, data, [""], [])
        return
    if variable in data.data_vars:
        data = data[[variable, *(other for other in ("occupancy",) if other in data and other != variable)]]
    people = _people(data)
    good, _ = finished(data)
    ended = np.isin(data["status"].values, FINISHED) if "status" in data.coords else np.ones(len(people), np.bool_)
    lost = [(who, str(data["reason"].values[place])) for place, who in enumerate(people.tolist()) if not ended[place]]
    yield Part(name, good, people[ended].tolist(), lost)


def _people(data: xr.Dataset) -> NDArray[Any]:
    """Who the people of a run are: of a sweep of doses these, else by their names or numbers."""
    if MG in data.coords:
        doses = np.array([f"{mg:g} mg" for mg in data[MG].values])
        if len(set(doses)) == len(doses):
            return doses
    people: NDArray[Any] = data["id"].values if "id" in data.coords else np.arange(data.sizes["person"])
    return people if len(set(people.tolist())) == len(people) else np.arange(data.sizes["person"])


def described(run: TableRun, data: xr.Dataset) -> xr.Dataset:
    """The curves of a subject of a table, with clock, units and what is observed, which columns alone do not say."""
    observed = run.model.predicted.get(run.model.observe, run.model.observe)
    more = {"clock_start": run.hour, **({"observed": observed} if observed in data else {})}
    units = {
        name: one.assign_attrs(units=run.model.terms[str(name)].unit)
        for name, one in data.data_vars.items()
        if "units" not in one.attrs and str(name) in run.model.terms
    }
    return data.assign(units).assign_attrs({**more, **data.attrs})


def warn_of_clock(result: object) -> None:
    """Warn where the hour of the day is read off a table that does not say which one TIME 0 is."""
    for name, one in _several(result):
        if isinstance(one, TableRun) and not one.table.says_clock and one.hour == clock_of(BEDTIME, "clock"):
            which = f" of {name}" if name else ""
            hour = clock_text(one.hour)
            text = f"TIME 0{which} is taken as {hour}, which the table does not say; a column CLOCK says another hour"
            warnings.warn(text, LdnsimWarning, stacklevel=3)


def usual(part: Part, variable: str | None, labels: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Variable and labels where none are said: mu receptors held, or what the model observes."""
    if variable is not None:
        return variable, labels
    if "occupancy" in part.data:
        return "occupancy", labels or {"receptor": "mor"}
    observed = part.data.attrs.get("observed")
    if observed is None:
        raise InputError("variable", None, f"one of {', '.join(map(str, part.data.data_vars))}")
    return str(observed), labels


def footer(parts: list[Part], question: Question) -> list[str]:
    """Assumptions and weakest evidence of what was asked, each once, for the foot of a picture."""
    shown = Shown(question.variable, question.labels)
    known = [part.data for part in parts if "weakest_evidence" in part.data[question.variable].attrs]
    accounts = {str(data.attrs["assumptions"]): data for data in known}
    lines = [f"People: {data.attrs['population']}; {data.attrs['variability_evidence']}." for data in _of_people(parts)]
    if len(accounts) == 1:
        lines.append(evidence_line(known[0], {word(shown.name): shown}))
    elif accounts:
        # what was tuned is said once of all of them
        behind = {name: evidence_behind(data, [shown]) for name, data in accounts.items()}
        lines.append(
            f"Assumptions, weakest evidence: {'; '.join(f'{name}, {one}' for name, (one, _) in behind.items())}."
        )
        targets = dict.fromkeys(target for _, several in behind.values() for target in several)
        lines += [f"Tuned to: {'; '.join(targets)}."] * bool(targets)
    return list(dict.fromkeys(lines))


def _of_people(parts: list[Part]) -> list[xr.Dataset]:
    return [part.data for part in parts if "variability_evidence" in part.data.attrs]


def runs_of(parts: list[Part]) -> dict[str, xr.Dataset]:
    """What an answer was read off, by run, and where a run has several datasets by subject."""
    names = [part.name for part in parts]
    return {
        ", ".join(filter(None, (part.name, str(part.who[0]) * (names.count(part.name) > 1)))): part.data
        for part in parts
    }


def record_of(parts: list[Part], question: Question, **more: Any) -> dict[str, Any]:
    """All that is needed to answer again: the question, and the records of the runs."""
    within = question.within if question.within in (None, LAST_DAY) else list(question.within)
    asked = {"variable": question.variable, "labels": dict(question.labels), "within": within, **more}
    runs = {str(told): told for part in parts for told in told_by(part.data.attrs, part.name)}
    return {**asked, "runs": [told._asdict() for told in runs.values()]}
