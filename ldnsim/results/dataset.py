"""From a trajectory to a labelled dataset: dimensions, units, meaning and evidence of every variable."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.units import HOURS_PER_DAY
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..models.variables import Variable
from .carried import Told, in_lines
from .provenance import Entered, Evidence, Names, attributes, dependencies, evidence

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class Trajectory(NamedTuple):
    """States over time.

    Attributes
    ----------
    time : ndarray, shape (n_times,)
        Sample times, twice at each event [h].
    side : ndarray of int8, shape (n_times,)
        -1 just before an event, +1 just after, 0 elsewhere.
    states : ndarray, shape (n_states, n_times)
        States in the order of the system.
    """

    time: NDArray[np.float64]
    side: NDArray[np.int8]
    states: NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """Whom a dataset is about: a model with parameters, and what entered.

    Attributes
    ----------
    model : Model
        The model.
    parameters : ParameterSet
        Parameters with their evidence.
    declared : type
        The ``NamedTuple`` of those that the equations take.
    entered : Entered
        What was given.
    """

    model: Model
    parameters: ParameterSet
    declared: type[Any]
    entered: Entered

    def described(self) -> dict[str, dict[str, str]]:
        """Meaning, unit and evidence of every variable.

        Returns
        -------
        dict of str to dict
            ``long_name``, ``units``, ``weakest_evidence``, ``depends_on`` and, where something was tuned, ``tuned_to``.
            Where there are several labels, the three also of each, such as ``weakest_evidence_mor``; without a label
            they are of all labels together. `ldnsim.results.behind.evidence_of` reads them.
        """
        behind = dependencies(self.model, self.parameters, self.declared, self.entered)
        entries = dict(self.parameters)

        @cache
        def resting(names: frozenset[str]) -> Evidence:
            # many labels rest on the same parameters
            return evidence(names, entries)

        found = {}
        for name, variable in self.model.shown.items():
            first = self.model.terms[variable.parts[0]]
            found[name] = {
                "long_name": variable.meaning or first.meaning,
                "units": first.unit,
                **_evidence_of(variable, behind, resting),
            }
        return found

    def dataset(self, trajectory: Trajectory, attributes: Mapping[str, Any]) -> xr.Dataset:
        """A labelled dataset of one person.

        Parameters
        ----------
        trajectory : Trajectory
            States over time.
        attributes : mapping
            Attributes of the dataset.

        Returns
        -------
        xarray.Dataset
            Dimension ``time`` with coordinates ``clock`` (hour of the day) and ``side`` (-1 just before
            an event, +1 just after, 0 elsewhere). Every variable carries ``units``, ``long_name``,
            ``weakest_evidence`` and, where something was tuned, ``tuned_to``, also of each label, see `described`.
        """
        import xarray as xr

        model, time = self.model, trajectory.time
        series = model.series(trajectory.states, self.parameters.fill(self.declared), model.daily.at(time))
        variables = {}
        for name, about in self.described().items():
            shown = model.shown[name]
            values = np.array([np.broadcast_to(series[part], time.shape) for part in shown.parts])
            variables[name] = ((*shown.dims, "time"), values.reshape(*map(len, shown.dims.values()), -1), about)
        coords = coordinates(model, time, trajectory.side, self.parameters)
        return xr.Dataset(variables, coords=coords, attrs=dict(attributes))


def coordinates(
    model: Model, time: NDArray[np.float64], side: NDArray[np.int8], parameters: ParameterSet
) -> dict[str, tuple[str, Any, dict[str, str]]]:
    """Coordinates of a result, as xarray takes them.

    Parameters
    ----------
    model : Model
        The model.
    time, side : ndarray, shape (n_times,)
        Sample times [h] and on which side of an event they are.
    parameters : ParameterSet
        Parameters.

    Returns
    -------
    dict of str to (str, array_like, dict)
        Dimension, values and attributes of each.
    """
    labels: dict[str, tuple[str, Any, dict[str, str]]] = {
        dim: (dim, names, {}) for variable in model.shown.values() for dim, names in variable.dims.items()
    }
    clock = (time + model.daily.start) % HOURS_PER_DAY
    return {
        "time": ("time", time, {"units": "h", "long_name": "Time since the start of the regimen"}),
        "clock": ("time", clock, {"units": "h", "long_name": "Hour of the day"}),
        "side": ("time", side, {"long_name": "-1 just before an event, +1 just after, 0 elsewhere"}),
        **(model.labels(parameters.values_by_name()) if model.labels is not None else {}),
        **labels,
    }


def _evidence_of(variable: Variable, behind: Names, resting: Callable[[frozenset[str]], Evidence]) -> dict[str, str]:
    """Evidence of a variable, and under names with a label behind them of each label where there are several."""
    labels = product(*variable.dims.values())
    several = {suffix(one): behind[part] for one, part in zip(labels, variable.parts, strict=True)}
    ends = {"": frozenset[str]().union(*several.values())}
    if len(several) > 1:
        ends |= several
    about: dict[str, str] = {}
    for end, names in ends.items():
        about |= attributes(resting(names), end)
    return about


def labelled_rows(frame: pd.DataFrame) -> xr.Dataset:
    """A frame of rows as a dataset with a dimension ``row``, in which objects are texts."""
    texts = {str(name): frame[name].astype(str) for name in frame if frame[name].dtype == object}
    found: xr.Dataset = frame.assign(**texts).rename_axis("row").to_xarray()
    return found


def csv_text(frame: pd.DataFrame, told: Sequence[Told] = ()) -> str:
    """A frame as the text of a CSV file, with units of ``frame.attrs["units"]`` in the header, records above it."""
    units = frame.attrs.get("units", {})
    header = [f"{name} [{units[name]}]" if units.get(name, "1") != "1" else str(name) for name in frame.columns]

    def written(quoting: Literal[0, 2]) -> str:
        return frame.to_csv(index=False, header=header, float_format=_FORM, lineterminator="\n", quoting=quoting)

    columns = [_column(values) for _, values in frame.items()]
    if len(columns) > 1 and all(columns):
        line = ",".join(form for form, _ in filter(None, columns)) + "\n"
        text = ",".join(map(_cell, header)) + "\n"
        text += "".join([line % row for row in zip(*(cells for _, cells in filter(None, columns)), strict=True)])
    else:
        text = written(csv.QUOTE_MINIMAL)
    # readers that pass over remarks would cut a cell there
    return in_lines(told) + (written(csv.QUOTE_NONNUMERIC) if told and "#" in text else text)


_FORM = "%.7g"


def _column(values: pd.Series[Any]) -> tuple[str, list[Any]] | None:
    """How the cells of a column are written, and the cells; None where only pandas knows.

    pandas gives the same bytes in four times as long, because it goes from cell to cell.
    """
    kind = values.dtype.kind
    if kind == "f" and values.notna().all():
        return _FORM, values.tolist()
    if kind in "iu" and isinstance(values.dtype, np.dtype):
        return "%d", values.tolist()
    cells = values.tolist() if kind == "O" else []
    if cells and all(isinstance(cell, str) for cell in cells):
        as_cell = {text: _cell(text) for text in set(cells)}
        return "%s", [as_cell[text] for text in cells]
    return None


def _cell(text: str) -> str:
    """A text as a cell of several, in quotation marks where it needs them."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(("", text))
    return stream.getvalue()[1:-1]


def suffix(labels: Iterable[str]) -> str:
    """What the name of an attribute ends with that is about some labels alone, such as ``_mor``."""
    return "".join(f"_{label}" for label in labels)
