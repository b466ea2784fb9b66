"""What is asked: of which outputs, by what they are moved; and the runs that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..base.errors import InputError
from ..base.reading import choice, listed
from ..dosing.regimen import Regimen
from ..ledger.assumptions import Assumptions
from ..models.dosable import Model
from ..population.spans import Array, drawn, first_possible, spans_of
from ..results.behind import Shown, evidence_behind, evidence_of
from ..results.readings import CLOCK, labelled, read_day
from ..results.views import last_day
from ..results.words import word
from ..study.account import Endotoxin, versions
from ..study.ensemble import MG, Ensemble
from ..study.ensemble_rows import Endpoint, by_name
from ..study.options import OfEnsemble
from ..study.study import CHUNK
from .factors import Factor, Over, chosen

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Wanted: TypeAlias = "str | Endpoint | Sequence[str] | Mapping[str, Endpoint]"
"""Outputs, as `ldnsim.Ensemble.endpoints` takes them."""

Progress = Callable[[float], None] | None

OWN = ("status", "reason")
"""What is said of every run beside its values and outputs."""

_FURTHER = 1.1
"""How many times as large a covariate is where it is looked at what a model makes of it."""

_LOOKED = 64
"""Parameter sets among which one that is possible is looked for."""

_TOGETHER = CHUNK
"""Runs between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of a model.

    Attributes
    ----------
    ready : Ensemble
        What is run.
    wanted : sequence of str, or mapping of str to callable
        Outputs.
    factors : tuple of Factor
        What is moved.
    held : mapping of str to str
        Parameters behind the outputs that stay as they are, and why.
    units : mapping of str to str
        Unit of each output; empty where it is not known.
    shown : mapping of str to Shown
        What the outputs are read off, by title.
    about : xarray.Dataset
        These variables before anything is run, with the evidence behind them.
    settings : mapping of str to object
        All arguments, as plain as they can be.
    """

    ready: Ensemble
    wanted: Sequence[str] | Mapping[str, Endpoint]
    factors: tuple[Factor, ...]
    held: Mapping[str, str]
    units: Mapping[str, str]
    shown: Mapping[str, Shown]
    about: xr.Dataset
    settings: Mapping[str, Any]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(self.wanted)

    @property
    def weakest(self) -> str:
        """The weakest evidence behind what is read."""
        return evidence_behind(self.about, self.shown.values())[0]

    @property
    def title(self) -> str:
        """What is given, under which assumptions."""
        return f"{self.about.attrs['regimen']}; assumptions: {self.about.attrs['assumptions']}"

    def named(self, output: str) -> str:
        """An output with its unit, where it has one."""
        return labelled(output, "h" if self.units[output] == CLOCK else self.units[output] or "1")

    def run(self, columns: Mapping[str, Array], progress: Progress) -> pd.DataFrame:
        """Runs of some rows: what was moved, outputs, status and reason.

        Parameters
        ----------
        columns : mapping of str to ndarray, shape (n_runs,)
            Values by name.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        pandas.DataFrame
            A row a run.
        """
        import pandas as pd

        size = len(next(iter(columns.values())))
        found = []
        for first in range(0, size, _TOGETHER):
            part = {name: values[first : first + _TOGETHER] for name, values in columns.items()}
            found.append(self.ready.endpoints(part, self.wanted))
            if progress is not None:
                progress(min(first + _TOGETHER, size) / size)
        return pd.concat([pd.DataFrame(columns), pd.concat(found, ignore_index=True)], axis=1)

    def record(self, verb: str, **settings: object) -> dict[str, Any]:
        """All that is needed to ask again: the verb of `ldnsim`, its arguments in plain values, versions."""
        ranges = {one.name: one.given for one in self.factors}
        parameters = self.ready.parameters.to_dict()
        return {
            "verb": verb,
            "arguments": {**self.settings, "over": ranges, **settings},
            # JSON has no nan, which stands for the ends of a range that there is not
            "moved": {one.name: {k: v for k, v in one.told().items() if v == v} for one in self.factors},
            "parameters": parameters,
            "versions": dict(versions()),
        }


def ask(regimen: Regimen | str, wanted: Wanted, over: Over | None, settings: OfEnsemble, *, ranged: bool) -> Question:
    """What is asked, checked before anything is run.

    Parameters
    ----------
    regimen : Regimen or str
        What is given.
    wanted : str, callable, sequence of str, or mapping of str to callable
        Outputs.
    over : sequence of str, mapping, or None
        What is moved, see `chosen`.
    settings : OfEnsemble
        As for `ldnsim.Ensemble`.
    ranged : bool
        Whether all that is moved needs a range.

    Returns
    -------
    Question
        The question.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """
    for name, value in settings.items():
        if name not in OfEnsemble.__annotations__:
            known = ", ".join(OfEnsemble.__annotations__)
            raise InputError(name, value, f"to be left out: a design has rows for one person, and of settings {known}")
    ready = Ensemble(regimen, **settings)
    every = ready.described()
    wanted = by_name(wanted)
    shown, units = _read(every, wanted)
    if settings.get("outputs") is None:
        outputs = list(dict.fromkeys(one.name for one in shown.values()))
        alone, narrow = every[outputs], settings.copy()
        narrow["outputs"] = outputs
        if not isinstance(wanted, Mapping) and set(wanted) <= set(_readings(alone)):
            ready, every = Ensemble(regimen, **narrow), alone
    behind = frozenset[str]()
    if over is None:
        behind = _behind(ready, regimen, settings, shown)
    factors, held = chosen(ready, over, behind, ranged=ranged)
    _check_made(ready, settings, factors)
    for name in wanted:
        if name in (*OWN, *(one.name for one in factors)):
            raise InputError("wanted", name, f"names other than {', '.join(OWN)} and those of what is moved")
    plain = {"regimen": str(regimen), "wanted": [_named(wanted, name) for name in wanted], **settings}
    for name, value in plain.items():
        plain[name] = _plain(value)
    return Question(ready, wanted, tuple(factors), held, units, shown, every, plain)


def _check_made(ready: Ensemble, settings: OfEnsemble, factors: Sequence[Factor]) -> None:
    """Refuse a parameter beside a covariate of which a model makes it: the one would hide the other."""
    model = settings.get("model")
    known = {name: ready.typical(name) for name in ready.names if model and name not in ready.parameters and name != MG}
    if model is None or not known:
        return
    here = model.typical(known)[0].values_by_name()
    for covariate in (one.name for one in factors if one.name in known):
        there = model.typical({**known, covariate: _FURTHER * known[covariate] or 1.0})[0].values_by_name()
        for name in (one.name for one in factors if one.name in here):
            if there[name] != here[name]:
                raise InputError("over", name, f"to be left out beside {covariate}, of which {model.name} makes it")


def _plain(setting: object) -> object:
    """A setting for a record."""
    if isinstance(setting, Model):
        return setting.name
    if isinstance(setting, Assumptions):
        return ", ".join(f"{axis}={choice}" for axis, choice in asdict(setting).items())
    return setting.plain() if isinstance(setting, Endotoxin) else setting


def _named(wanted: Sequence[str] | Mapping[str, Endpoint], name: str) -> str:
    """An output for a record: its name, or the function's."""
    if not isinstance(wanted, Mapping):
        return name
    function = wanted[name]
    return f"{name}: {getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}"


def _readings(every: xr.Dataset) -> dict[str, tuple[Shown, str]]:
    """What has a name on the last day: what it is read off, and its unit; no run is needed for that."""
    import xarray as xr

    ones = {name: (one.dims, np.ones((1, *one.shape[1:])), one.attrs) for name, one in every.data_vars.items()}
    data = xr.Dataset(ones, coords=every.coords, attrs=every.attrs)
    return {one.quantity: (one.of, one.unit) for one in read_day(data, last_day(data))}


def _read(every: xr.Dataset, wanted: Sequence[str] | Mapping[str, Endpoint]) -> tuple[dict[str, Shown], dict[str, str]]:
    """What outputs are read off, and their units; raises `InputError` for what is no output."""
    known = _readings(every)
    if isinstance(wanted, Mapping):
        if not wanted:
            raise InputError("wanted", wanted, f"at least one function of the curves, or of {', '.join(known)}")
        for name, function in wanted.items():
            if not isinstance(name, str) or not callable(function):
                raise InputError(f"wanted[{name!r}]", function, "a function of the curves that gives a number a person")
        # which of the curves a function looks at is not known
        return {word(str(name)): Shown(str(name)) for name in every.data_vars}, {
            name: _unit(function, every) for name, function in wanted.items()
        }
    names = listed(wanted, "wanted", f"names among {', '.join(known)}")
    if not names or len(set(map(str, names))) < len(names):
        raise InputError("wanted", wanted, f"a sequence of names, each once, among {', '.join(known)}")
    for name in names:
        choice("wanted", name, known)
    return {name: known[name][0] for name in names}, {name: known[name][1] for name in names}


def _unit(function: Any, every: xr.Dataset) -> str:
    """The unit that an answer says it has."""
    said = getattr(function, "unit", "")
    return str(said(every)) if callable(said) else str(said)


def _behind(
    ready: Ensemble, regimen: Regimen | str, settings: OfEnsemble, shown: Mapping[str, Shown]
) -> frozenset[str]:
    """Parameters that the outputs depend on, read inside the ranges."""
    spans, _ = spans_of(ready.parameters)
    if spans:
        shares = drawn(spans, _LOOKED, 0)
        columns = {span.name: span.in_model(shares[span.name]) for span in spans}
        inside = first_possible(ready.parameters, columns, _LOOKED)
        opened = settings.copy()
        opened["parameters"] = {**(settings.get("parameters") or {}), **inside}
        ready = Ensemble(regimen, **opened)
    every = ready.described()
    return frozenset(name for one in shown.values() for name in evidence_of(every, one.name, **one.labels).parameters)
