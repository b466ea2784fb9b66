"""Export: a regimen in one person, as a file for another tool."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from ..base.errors import InputError
from ..base.files import whole
from ..base.reading import choice
from ..dosing.event_table import EventTable
from ..dosing.regimen import Regimen
from ..study.asking import Asked, account_for
from ..study.options import OfOnePerson
from ..study.person_run import Simulation, read_person, record_of, run_person
from ..study.processes import columns_of
from ..study.study import Study
from .handed import Handed
from .mrgsolve import mrgsolve
from .naming import Naming
from .nonmem import nonmem
from .rxode2 import rxode2
from .sbml import sbml

if TYPE_CHECKING:
    import pandas as pd


class Format(NamedTuple):
    """A format.

    Attributes
    ----------
    suffixes : tuple of str
        Ends of file names that mean it.
    about : str
        What it is, and for which tools.
    write : callable
        ``write(handed)`` gives the text, and what everything is called in it.
    """

    suffixes: tuple[str, ...]
    about: str
    write: Callable[[Handed], tuple[str, Naming]]


FORMATS: Mapping[str, Format] = {
    "sbml": Format((".xml", ".sbml"), "SBML level 3 version 2, for COPASI, libRoadRunner, Tellurium and others", sbml),
    "mrgsolve": Format((".cpp", ".mod"), "a model file of mrgsolve, with its doses as lines of R in remarks", mrgsolve),
    "rxode2": Format((".r",), "a script of R: a model of rxode2, its doses and a run", rxode2),
    "nonmem": Format((".csv",), "data for NONMEM: doses, and what is observed", nonmem),
}
"""Formats by name."""


@dataclass(frozen=True, eq=False)
class Exported:
    """A model with its doses, written for another tool.

    Attributes
    ----------
    format : str
        In which format.
    text : str
        The file.
    study : Study
        What was handed over.
    path : pathlib.Path or None
        Where the file is.
    """

    format: str
    text: str = field(repr=False)
    study: Study = field(repr=False)
    path: Path | None
    _naming: Naming = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """What everything is called in the file.

        Returns
        -------
        pandas.DataFrame
            Columns ``name`` (in the file), ``kind`` (state, parameter or output), ``ldnsim`` (its name here; outputs as
            in `Simulation.to_frame`), ``value`` (of parameters), ``unit``, ``meaning``, ``status`` and ``source``.
        """
        import pandas as pd

        entries, rules, model = self.study.account.parameters, self.study.account.parameters.rules, self.study.model
        rows: list[tuple[Any, ...]] = []
        for name, own in self._naming.states.items():
            rows.append((own, "state", name, None, model.terms[name].unit, model.terms[name].meaning, "", ""))
        for name, own in self._naming.parameters.items():
            one, meaning = entries[name], rules.terms[name].meaning
            rows.append((own, "parameter", name, one.value, one.unit, meaning, one.status, one.source))
        parts = {column: part for column, (_, part) in columns_of(model).items()}
        for name, own in self._naming.outputs.items():
            term = model.terms[parts[name]]
            rows.append((own, "output", name, None, term.unit, term.meaning, "", ""))
        columns = ["name", "kind", "ldnsim", "value", "unit", "meaning", "status", "source"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def runs(self) -> list[Simulation]:
        """The same, simulated by ldnsim: what the other tool should show."""
        return [run_person(self.study, None)]

    def plot(self) -> Any:
        """The figure of that run, see `Simulation.plot`; a matplotlib figure."""
        return np.ravel(self.runs[0].plot())[0].figure

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to write the file again: its format, and the record of the run."""
        return {"format": self.format, "run": record_of(self.study)}

    def __str__(self) -> str:
        about, lines = FORMATS[self.format].about, len(self.text.splitlines())
        where = f"{self.path}: " if self.path is not None else ""
        title = str(self.study.attributes()["title"]).removeprefix("ldnsim: ")
        return f"{where}{title}, as {about}; {lines} lines, {len(self.table)} names"


def export(
    what: Regimen | str | Simulation,
    path: str | os.PathLike[str] | None = None,
    *,
    format: str | None = None,
    **settings: Unpack[OfOnePerson],
) -> Exported:
    """Write a model with its doses as a file for another tool.

    Parameters
    ----------
    what : Regimen, str or Simulation
        What is given, as for `ldnsim.simulate`; or a run, which is handed over as it was asked for.
    path : path-like, optional
        The file; without it the text is only in what is returned.
    format : str, optional
        One of `FORMATS`; by default what the end of `path` says, or ``"sbml"``.
    **settings
        Model, assumptions, parameters, start and so on, as for `ldnsim.simulate` of one person.

    Returns
    -------
    Exported
        The text, and a table of the names in it.

    Raises
    ------
    InputError
        If it holds what the format does not carry, such as ``decide=``, a population, or a function that is no
        equation.

    Warns
    -----
    LdnsimWarning
        If units of the model's equations do not work out, which other tools will say too.

    Examples
    --------
    >>> found = export("4.5 mg at 22:00 daily for 28 days", assumptions="measured")
    >>> found.text.splitlines()[1][:30]
    '<sbml xmlns="http://www.sbml.o'
    """
    study = _study(what, settings)
    name = _format(path, format)
    text, naming = FORMATS[name].write(Handed.of(study))
    target = None
    if path is not None:
        with whole(path, "path") as draft:
            draft.write_text(text, encoding="utf-8")
        target = Path(path)
    return Exported(name, text, study, target, naming)


def _format(path: str | os.PathLike[str] | None, format: str | None) -> str:
    if format is not None:
        return choice("format", format, FORMATS)
    if path is None:
        return next(iter(FORMATS))
    try:
        ending = Path(path).suffix.lower()
    except TypeError as error:
        raise InputError("path", path, "a path") from error
    found = [name for name, one in FORMATS.items() if ending in one.suffixes]
    if not found:
        known = "; ".join(f"{name} ({', '.join(one.suffixes)})" for name, one in FORMATS.items())
        raise InputError("path", os.fspath(path), f"an end that says the format, or format=: {known}")
    return found[0]


def _study(what: object, settings: Mapping[str, Any]) -> Study:
    if isinstance(what, Simulation):
        for name, value in settings.items():
            raise InputError(name, value, "to be left out beside a run, which is handed over as it was asked for")
        return read_person(what.record, what.model)
    if isinstance(what, EventTable):
        raise InputError("what", "an EventTable", "a Regimen, a text or a run of one person, which this format carries")
    if isinstance(what, str):
        what = Regimen.parse(what)
    if not isinstance(what, Regimen):
        expected = (
            "a Regimen, a text such as '4.5 mg at 22:00 daily', or a run of one person; "
            "runs of tables, fits and populations go into nonmem_data"
        )
        raise InputError("what", what if isinstance(what, int | float) else type(what).__name__, expected)
    known = {*_WHOM, *_HOW, "model", "covariates"}
    for name, value in settings.items():
        if name not in known:
            raise InputError(name, value, f"one of {', '.join(sorted(known))}; a file holds one person")
    whom = {name: settings.get(name, usual) for name, usual in _WHOM.items()}
    how = {name: settings.get(name, usual) for name, usual in _HOW.items()}
    account = account_for(settings.get("model"), None, covariates=settings.get("covariates"), **whom)
    return Asked(None, **how).study(what, account, {})


_WHOM: Mapping[str, Any] = {
    "assumptions": "popular", "condition": "healthy", "cell": "microglia", "parameters": None,
    "source": "changed by the user",
}  # fmt: skip
_HOW: Mapping[str, Any] = {
    "decide": None, "endotoxin": None, "start": "untreated", "until": None, "step": None, "at": (), "engine": "auto",
    "method": "LSODA", "rtol": None,
}  # fmt: skip
