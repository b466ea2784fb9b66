"""Replaying a file: the run behind a picture, a table or a dataset, run again and held against what is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .base.errors import InputError
from .comparison import Comparison, Run
from .models.dosable import Model
from .results.carried import Told, held, made_on, share_apart, told_by
from .results.carriers import KINDS, NETCDF, begins, carrier, rows_apart, rows_of
from .results.dataset import csv_text
from .simulation import repeat
from .study.account import versions
from .study.known_models import model_of
from .study.opening import open as opened
from .study.opening import read
from .study.table_run import TableRun

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

ACCURACY = 1e-5
"""Difference that the engines allow themselves, as a share of the range of an output; beyond it numbers are others."""


class Held(NamedTuple):
    """Numbers held against those of a file.

    Attributes
    ----------
    what : str
        Which.
    same : bool
        Whether they are the same to the last bit, or to the last digit that the file has.
    apart : float
        Largest difference that was found, as a share of the range of its variable; nan where the file has no number
        to compare, only their hash [1].
    where : str
        Of which variable.
    """

    what: str
    same: bool
    apart: float
    where: str

    @property
    def agrees(self) -> bool:
        """Whether they are the same, or no further apart than the engines allow."""
        return self.same or self.apart <= ACCURACY

    def __str__(self) -> str:
        if self.same:
            return f"{self.what}: the same"
        if np.isnan(self.apart):
            return f"{self.what}: others; the file has none to tell how far apart they are"
        size = f"{self.apart:.1e} of the range of {self.where}" if np.isfinite(self.apart) else f"in {self.where}"
        return f"{self.what}: {'not the same bits' if self.agrees else 'OTHERS'}, largest difference {size}"


@dataclass(frozen=True, eq=False)
class Replay:
    """Runs made again from a file, and whether they agree with it.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    runs : dict of str to Simulation, PopulationRun or TableRun
        By what the file calls them.
    held : tuple of Held
        What was compared.
    differing : dict of str to (str, str)
        Versions, machine and compiler that were others when the file was made: there, and here.
    of_answer : bool
        Whether the file is the table of an answer, whose rows are not compared.
    """

    path: Path
    runs: Mapping[str, Run | TableRun]
    held: tuple[Held, ...]
    differing: Mapping[str, tuple[str, str]]
    of_answer: bool = False

    @property
    def same(self) -> bool:
        """Whether all numbers are the same to the last bit, those in the file to its last digit."""
        return all(one.same for one in self.held)

    @property
    def agrees(self) -> bool:
        """Whether they are the same, or no further apart than 1e-5 of the range of an output."""
        return all(one.agrees for one in self.held)

    @property
    def table(self) -> pd.DataFrame:
        """What was compared, a row each: ``what``, ``same``, ``apart`` [1], ``where``, ``agrees``."""
        import pandas as pd

        return pd.DataFrame([{**one._asdict(), "agrees": one.agrees} for one in self.held])

    def plot(self) -> Any:
        """The figure of the run, or of several those of `ldnsim.compare`."""
        from .plots import panels as plots

        if len(self.runs) == 1:
            return next(iter(self.runs.values())).plot()
        return plots.compare({name: run.data for name, run in self.runs.items()})

    def __str__(self) -> str:
        verdict = "agrees to the last bit" if self.same else "agrees" if self.agrees else "DOES NOT AGREE"
        behind = ", the runs behind it" if self.of_answer else ""
        lines = [f"{self.path.name}{behind}: {verdict}", *(f"  {one}" for one in self.held)]
        if self.of_answer:
            lines.append("  rows of the answer: not compared")
        if self.differing:
            lines += [f"  made with {name} {there}, here {here}" for name, (there, here) in self.differing.items()]
        else:
            lines.append("  made with the versions that are here")
        return "\n".join(lines)


def replay(path: str | os.PathLike[str], model: Model | None = None) -> Replay:
    """Run again what is behind a file that ldnsim wrote, and hold the numbers against it.

    Parameters
    ----------
    path : path-like
        A picture (PNG, SVG, PDF), a CSV or netCDF file, or the folder of a store. Of a picture the numbers behind it
        are compared, by their hash, not what is drawn of them.
    model : Model, optional
        The model of the run, or of some of the runs, where it is one that ldnsim cannot make again.

    Returns
    -------
    Replay
        The runs and whether they agree.

    Raises
    ------
    InputError
        If the file has no record, is damaged, or its model cannot be made; the text says what would be right.
    """
    place = _place(path)
    if _has_data(place):
        data, record = read(place)
        run = _again(record, model)
        (told,) = told_by(data.attrs)
        return Replay(place, {_named(told, run): run}, (_held_data(data, run),), _differing([told]))
    found = carrier(place)
    runs: dict[str, Run | TableRun] = {}
    compared = []
    for told in found.told:
        run = _again(told.record, model)
        name = told.name or _named(told, run)
        name = name if name not in runs else f"{name} ({len(runs) + 1})"
        runs[name] = run
        compared.append(_held_digest(name, told, run))
    if found.rows:
        compared.append(_held_rows(found.rows, runs, named=any(told.name for told in found.told)))
    return Replay(place, runs, tuple(compared), _differing(found.told), found.of_answer)


def runs_behind(path: str | os.PathLike[str], model: Model | None = None) -> list[Run | TableRun]:
    """The runs behind a file that ldnsim wrote: as it holds them where it does, else run again.

    Parameters
    ----------
    path : path-like
        As in `replay`.
    model : Model, optional
        As in `replay`.

    Returns
    -------
    list of Simulation, PopulationRun or TableRun
        At least one.

    Raises
    ------
    InputError
        As `replay` does.
    """
    place = _place(path)
    if _has_data(place):
        return [opened(place, model)]
    return [_again(told.record, model) for told in carrier(place).told]


def _place(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path)
    except TypeError as error:
        raise _unreadable(path, error) from error


def _has_data(place: Path) -> bool:
    """Whether a file or folder holds the numbers of a run in full."""
    try:
        return place.is_dir() or (place.exists() and begins(place).startswith(NETCDF))
    except OSError as error:
        raise _unreadable(place, error) from error


def _unreadable(path: object, error: Exception) -> InputError:
    return InputError("path", path, f"{KINDS}, that can be read ({error})")


def _again(record: Mapping[str, Any], model: Model | None) -> Run | TableRun:
    return repeat(record, model_of(record, model))


def _named(told: Told, run: Run | TableRun) -> str:
    title = str(run.data.attrs.get("title", "")).removeprefix("ldnsim: ")
    return title or f"event table in {told.record.get('model') or 'naltrexone'}"


def _held_digest(name: str, told: Told, run: Run | TableRun) -> Held:
    return Held(f"numbers of {name}", *held(run.data, told.digest))


def _held_data(data: xr.Dataset, run: Run | TableRun) -> Held:
    """Every number of a dataset against the run."""
    mine, found = run.data, [(0.0, "")]
    names = {str(name) for one in (data, mine) for name in one.variables}
    for name in sorted(names):
        if name not in data.variables or name not in mine.variables:
            found.append((np.inf, f"{name}, which one of them alone has"))
            continue
        here, there = mine[name].values, data[name].values
        if here.dtype.kind in "fiub" and there.dtype.kind in "fiub":
            found.append((share_apart(here.astype(np.float64), there.astype(np.float64)), name))
        elif here.tolist() != there.tolist():
            found.append((np.inf, name))
    share, where = max(found)
    return Held("numbers of the file", share == 0, share, where)


def _held_rows(rows: str, runs: Mapping[str, Any], *, named: bool) -> Held:
    """Rows of a CSV file against the run, in the digits that such a file has."""
    text = Comparison(runs).csv() if named else csv_text(next(iter(runs.values())).to_frame())
    share, where = rows_apart(rows_of(text), rows_of(rows))
    return Held("rows of the file, in its digits", share == 0, share, where)


def _differing(several: list[Told]) -> dict[str, tuple[str, str]]:
    """What was another when a file was made."""
    here = {**versions(), **made_on()}
    found = {}
    for told in several:
        there = told.record["versions"] | {name: told.digest[name] for name in made_on() if name in told.digest}
        for name, mine in here.items():
            if there.get(name, mine) != mine:
                found[name] = (str(there[name] or "none"), mine or "none")
    return found
