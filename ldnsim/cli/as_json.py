"""What commands print, for programs: the same summaries and tables as JSON, with units, account and evidence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import typer

from ..results.languages import ENGLISH

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from ..results.carried import Told

_ABOUT = (
    "regimen", "drug", "assumptions", "assumptions_in_full", "condition", "cell", "covariates", "population",
    "variability_evidence", "start", "clock_start", "engine", "blocked_means", "blocked_evidence",
)  # fmt: skip
"""What a result says of itself."""


def plain(value: Any) -> Any:
    """A value as JSON has it: tables as a list of rows, what is missing as null, infinity as the text ``"inf"``.

    Parameters
    ----------
    value : object
        A summary, a table, a dataset, or what is in them.

    Returns
    -------
    object
        Mappings, lists, texts, numbers, truth values and None alone.

    Examples
    --------
    >>> plain({"found": (1.5, float("nan"), float("inf"))})
    {'found': [1.5, None, 'inf']}
    """
    import numpy as np

    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else None if math.isnan(number) else f"{number}"
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        named = value.index.name is not None or value.index.nlevels > 1
        return plain((value.reset_index() if named else value).to_dict("records"))
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(one) for one in value]
    return str(value)


def told_of_run(run: Any) -> dict[str, Any]:
    """What is told of a run: whom it is about, and its own summary, whose lines have units and evidence.

    Parameters
    ----------
    run : Simulation, PopulationRun or TableRun
        A result.

    Returns
    -------
    dict of str to object
        ``about`` and ``summary``.
    """
    summary = run.summary(language=ENGLISH)
    # the frame of a table says by itself what it is about
    about = {"table": str(run.table).strip("<>"), **summary.attrs} if hasattr(run, "table") else _about(run.data)
    return {"about": plain(about), "summary": plain(summary)}


def told_of_response(data: xr.Dataset) -> dict[str, Any]:
    """What is told of a dose-response: each variable over dose, with what stands behind it."""
    found = {
        str(name): {**_described(one.attrs), "dims": list(one.dims), "values": plain(one.values)}
        for name, one in data.variables.items()
    }
    return {"about": {"title": data.attrs["title"], **_about(data)}, "values": found}


def told_of_answer(found: Any) -> dict[str, Any]:
    """What is told of an answer: its text, its table with units, and the runs behind it.

    Parameters
    ----------
    found : object
        What a verb of ldnsim gives: it has a table and a text.

    Returns
    -------
    dict of str to object
        ``told`` (lines), ``table`` (rows), ``units`` where headings do not say them, ``about`` and
        ``weakest_evidence`` by run.
    """
    runs = _behind(found)
    table: pd.DataFrame = found.table
    more = {"units": plain(table.attrs["units"])} if "units" in table.attrs else {}
    return {
        "told": str(found).splitlines(), "table": plain(table), **more,
        "about": {name: _about(data) for name, data in runs.items()},
        "weakest_evidence": {name: _evidence(found, data) for name, data in runs.items()},
    }  # fmt: skip


def write_json(told: Mapping[str, Any]) -> None:
    """Print it, with the version that made it."""
    from .. import __version__

    typer.echo(json.dumps({"ldnsim": __version__, **told}, ensure_ascii=False, indent=1, allow_nan=False))


def _about(data: Any) -> dict[str, Any]:
    return {name: plain(data.attrs[name]) for name in _ABOUT if name in data.attrs}


def _described(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("long_name", "units", "weakest_evidence") if name in about}


def _behind(found: Any) -> dict[str, Any]:
    """Datasets that an answer was read off, by name."""
    for several in (getattr(found, "data", None), getattr(getattr(found, "question", None), "about", None)):
        if hasattr(several, "data_vars"):
            return {"": several}
        if isinstance(several, Mapping):
            return {str(name): one for name, one in several.items()}
    runs = getattr(found, "runs", None)
    if isinstance(runs, Mapping):
        return {str(name): getattr(one, "data", one) for name, one in runs.items()}
    return {str(place): one.data for place, one in enumerate(runs or ()) if hasattr(one, "data")}


def records_behind(found: Any) -> list[Told]:
    """The records of the runs that an answer was read off, each once; none where there is no such run."""
    from ..results.carried import told_by

    runs = getattr(found, "runs", None)
    several = runs if isinstance(runs, Mapping) else {"": runs}
    each: dict[str, Any] = {str(name): getattr(one, "data", one) for name, one in several.items()}
    there: dict[str, Any] = {name: one for name, one in each.items() if hasattr(one, "data_vars")} or _behind(found)
    told = [one for name, data in there.items() for one in told_by(data.attrs, name)]
    # subjects of a table have one run
    return list({str(one.record): one for one in told}.values())


def _evidence(found: Any, data: Any) -> dict[str, str]:
    """The weakest evidence behind each variable that an answer asks for."""
    asked = getattr(getattr(found, "question", None), "variable", None) or getattr(
        getattr(found, "shown", None), "name", None
    )
    return {
        str(name): str(one.attrs["weakest_evidence"])
        for name, one in data.data_vars.items()
        if "weakest_evidence" in one.attrs and asked in (None, name)
    }
