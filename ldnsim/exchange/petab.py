"""A parameter estimation problem in the tables of PEtab: model, parameters with bounds, observables, measurements."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.files import destination, whole
from ..base.reading import choice, columns_of_frame, listed, number, number_in
from ..base.units import quantity
from ..ledger.parameters import Entry, ParameterSet
from ..models.dosable import Model
from ..population.distributions import Distribution, LogNormal, Normal, Triangular
from ..population.variation import ledger_uncertainty
from ..study.person_run import Simulation, read_person
from ..study.processes import columns_of
from .administered import source_of
from .dose_rows import Cells, Doses, given_in
from .handed import Handed
from .naming import Naming
from .nonmem import NonmemData
from .sbml import sbml

if TYPE_CHECKING:
    import pandas as pd

CONDITION = "condition"
"""The only condition: the doses are in the model."""

_FILES = ("model.xml", "parameters.tsv", "observables.tsv", "conditions.tsv", "measurements.tsv", "problem.yaml")
_DOSES = ("TIME", "AMT", "RATE", "II", "ADDL", "SS", "CMT")


@dataclass(frozen=True, eq=False)
class PetabProblem:
    """A problem of PEtab, version 1: estimate parameters of a model from measurements.

    Attributes
    ----------
    model : str
        SBML.
    table : pandas.DataFrame
        Parameters: parameterId, parameterName, parameterScale, lowerBound, upperBound, nominalValue, estimate.
    observables, conditions, measurements : pandas.DataFrame
        The other tables, as PEtab names their columns; times in hours.
    runs : Simulation
        What is given to whom, under the nominal values.
    estimate : dict of str to str
        Names in the problem of what is estimated, by those of ldnsim.
    """

    model: str = field(repr=False)
    table: pd.DataFrame
    observables: pd.DataFrame
    conditions: pd.DataFrame
    measurements: pd.DataFrame
    runs: Simulation
    estimate: Mapping[str, str]

    @property
    def record(self) -> dict[str, Any]:
        """The record of the run, and the tables."""
        frames = {"parameters": self.table, "observables": self.observables, "measurements": self.measurements}
        said = {name: frame.astype(object).where(frame.notna(), None).to_dict("list") for name, frame in frames.items()}
        return {"run": self.runs.record, "estimate": list(self.estimate), **said}

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the files of the problem into a folder, which is made where there is none.

        Parameters
        ----------
        folder : path-like
            Where to.

        Returns
        -------
        pathlib.Path
            The file ``problem.yaml``, which names the others.

        Raises
        ------
        InputError
            If it cannot be written to.
        """
        place = Path(folder)
        if place.exists() and not place.is_dir():
            raise InputError("folder", str(place), "a folder, or a path at which there is nothing")
        if not place.exists():
            destination(place, "folder").mkdir()
        frames = (self.table, self.observables, self.conditions, self.measurements)
        texts = [self.model, *(frame.to_csv(sep="\t", index=False, lineterminator="\n") for frame in frames), _YAML]
        for name, text in zip(_FILES, texts, strict=True):
            with whole(place / name, "folder") as draft:
                draft.write_text(text, encoding="utf-8", newline="")
        return place / _FILES[-1]

    def plot(self) -> Any:
        """Measurements beside the curve under the nominal values.

        Returns
        -------
        matplotlib.figure.Figure
            One panel of the first observable.
        """
        from ..plots.level import level

        source = source_of(self.runs)
        name = str(self.observables["observableName"].iloc[0])
        shown = source.shown_of(name)
        labels: dict[str, Any] = dict(shown.labels)
        axes = level(self.runs.data, shown.name, **labels)
        seen = self.measurements[self.measurements["observableId"] == self.observables["observableId"].iloc[0]]
        axes.plot(seen["time"], seen["measurement"], "o", color="black", markersize=3, label="measured")
        return axes.figure

    def __str__(self) -> str:
        seen = len(self.measurements)
        names = ", ".join(self.observables["observableName"])
        return f"PEtab problem: estimate {', '.join(self.estimate)} from {seen} measurements of {names}"


_YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
  - sbml_files:
      - model.xml
    condition_files:
      - conditions.tsv
    observable_files:
      - observables.tsv
    measurement_files:
      - measurements.tsv
"""


def petab_problem(
    run: Simulation,
    data: Any,
    *,
    estimate: Sequence[str] | str,
    noise: Distribution | Mapping[str, Distribution] | None = None,
    bounds: Mapping[str, Sequence[Any]] | None = None,
) -> PetabProblem:
    """A problem of PEtab from a run and data: which parameters make the model show what was measured?

    Parameters
    ----------
    run : Simulation
        What `simulate` gave for one person: the model with its doses, and nominal values of the parameters.
    data : NonmemData, DataFrame or mapping of str to sequence
        Columns TIME [h] and DV; with ``observable`` (a column of ``to_frame``) where it is not what the model observes,
        and ID where several subjects had the same doses, who are pooled. Rows with MDV 1, or without DV, are none;
        rows of doses must be those of the run. What `nonmem_data` gives knows its observables, by DVID.
    estimate : sequence of str
        Parameters to be estimated, which the equations hold; what acts in doses alone, such as F, is in the numbers of
        the doses.
    noise : Normal, LogNormal or mapping of str to these, optional
        Error of a measurement; by default that with which `nonmem_data` drew it.
    bounds : mapping of str to pair, optional
        Lowest and highest value of parameters, numbers or texts with units; by default the limits of their ledger rows.

    Returns
    -------
    PetabProblem
        With ``write(folder)``.

    Raises
    ------
    InputError
        If an argument cannot be used, or nothing says the bounds of a parameter.

    Notes
    -----
    Parameters that are not estimated stand in the table with their values, and the limits of their rows; volumes are
    compartments of the model, which a problem changes by its condition, and stand there only where they are estimated.

    Examples
    --------
    >>> from ldnsim import LogNormal, simulate
    >>> from ldnsim.exchange.nonmem import nonmem_data
    >>> run = simulate("4.5 mg", step=1)
    >>> data = nonmem_data(run, at=[1, 2, 4, 8], residual=LogNormal(cv=0.2), seed=1)
    >>> print(petab_problem(run, data, estimate=["pk.ka", "pk.f"]))
    PEtab problem: estimate pk.ka, pk.f from 4 measurements of plasma_ntx
    """
    if not isinstance(run, Simulation):
        raise InputError("run", type(run).__name__, "what simulate gives for one person under a regimen")
    study = read_person(run.record, run.model)
    if study.decide is not None:
        raise InputError("run", "doses that are decided on", "a run without decide=")
    text, naming = sbml(Handed.of(study))
    rows = _rows(data, source_of(run).usual, Doses(study, given_in(run)).of(0))
    names = list(dict.fromkeys(row["observable"] for row in rows))
    formulas = _formulas(study.model, naming)
    for name in names:
        choice("data, observable", name, tuple(formulas))
    volumes = {own for own in naming.parameters.values() if f'<compartment id="{own}"' in text}
    there = {full: own for full, own in naming.parameters.items() if own in volumes or f'<parameter id="{own}"' in text}
    wanted = [estimate] if isinstance(estimate, str) else listed(estimate, "estimate", "names of parameters")
    for name in wanted:
        choice("estimate", name, tuple(there))
    if not wanted or len(set(wanted)) < len(wanted):
        raise InputError("estimate", wanted, "at least one parameter, each once")
    entries = study.account.parameters
    limits = _limits(bounds, wanted, entries)
    called = {name: f"estimated_{there[name]}" if there[name] in volumes else there[name] for name in wanted}
    condition = {"conditionId": CONDITION}
    condition |= {there[name]: own for name, own in called.items() if there[name] in volumes}
    return PetabProblem(
        text,
        _parameters(there, volumes, called, entries, limits),
        _observables(names, formulas, _noise(noise, names, data)),
        _frame([condition]),
        _measurements(rows, formulas),
        run,
        called,
    )


def _formulas(model: Model, naming: Naming) -> dict[str, str]:
    """What each column of `Simulation.to_frame` is called in the model; amounts of states among them."""
    names = model.system.names
    states = dict(zip(names, names, strict=True)) | {one: names[place] for one, place in model.state_columns.items()}
    found = dict(naming.outputs)
    for column, (_, part) in columns_of(model).items():
        if states.get(part) in naming.states:
            found[column] = naming.states[states[part]]
    return found


def _rows(data: Any, usual: str, doses: Sequence[Cells]) -> list[Cells]:
    """Rows of measurements, with what each is of."""
    observed: tuple[str, ...] = ()
    if isinstance(data, NonmemData):
        data, observed = data.table, data.observed
    names = columns_of_frame(data, "a frame with columns TIME and DV, or what nonmem_data gives")
    for name in ("TIME", "DV"):
        if name not in names:
            raise InputError("data, columns", names, "TIME and DV")
    columns = {name: list(data[name]) for name in names}
    if len({len(values) for values in columns.values()}) > 1:
        raise InputError("data", {name: len(values) for name, values in columns.items()}, "columns of one length")
    if not observed and "observable" not in columns:
        several = {which for which in columns.get("DVID", ()) if not _missing(which)}
        if len(several) > 1:
            cure = "a column observable beside it, or what nonmem_data gives as it is, which knows what DVID means"
            raise InputError("data, column DVID", sorted(several), cure)
    found, given = [], dict[Any, list[Cells]]()
    for place, values in enumerate(zip(*columns.values(), strict=True)):
        row = dict(zip(columns, values, strict=True))
        who = row.get("ID", 1)
        if row.get("EVID", 0) in (1, 4):
            given.setdefault(who, []).append(row)
            continue
        if row.get("EVID", 0) or row.get("MDV", 0) == 1 or _missing(row["DV"]):
            continue
        time, value = (_number(row[name], f"data, row {place + 1}, column {name}") for name in ("TIME", "DV"))
        if time < 0:
            raise InputError(f"data, row {place + 1}, column TIME", time, "a time from 0 on, when the run begins")
        which = row.get("DVID", 1)
        own = observed[int(which) - 1] if observed and not _missing(which) else usual
        found.append({"TIME": time, "DV": value, "ID": who, "observable": row.get("observable", own)})
    if not found:
        raise InputError("data", f"{len(columns['TIME'])} rows", "at least one measurement: DV with MDV 0")
    expected = [[float(row.get(name, 0.0)) for name in _DOSES] for row in doses if row["EVID"] == 1]
    for who, rows in given.items():
        own_doses = [[float(row.get(name, 0.0)) for name in _DOSES] for row in rows]
        if np.shape(own_doses) != np.shape(expected) or not np.allclose(own_doses, expected, rtol=1e-9):
            raise InputError(f"data, doses of {who}", own_doses, f"those of the run, which the model has: {expected}")
    return found


def _missing(cell: Any) -> bool:
    return cell is None or cell in ("", ".") or bool(cell != cell)


def _number(cell: Any, argument: str) -> float:
    return number_in(cell, argument) if isinstance(cell, str) else number(cell, argument)


def _limits(bounds: Any, wanted: Sequence[str], entries: ParameterSet) -> dict[str, tuple[float, float]]:
    """Lowest and highest values of parameters, as far as anything says them."""
    found = dict[str, tuple[float, float]]()
    for one in ledger_uncertainty(entries):
        if isinstance(one.distribution, Triangular):
            found[one.parameters[0]] = (one.distribution.low, one.distribution.high)
    if bounds is not None and not isinstance(bounds, Mapping):
        raise InputError("bounds", bounds, "a mapping such as {'pk.ka': (0.3, 2)}")
    for name, pair in (bounds or {}).items():
        choice("bounds", name, wanted)
        ends = listed(pair, f"bounds, {name}", "the lowest and the highest value")
        if len(ends) != 2:
            raise InputError(f"bounds, {name}", pair, "the lowest and the highest value")
        low, high = (quantity(end, entries[name].unit, f"bounds, {name}", low=0.0) for end in ends)
        if not low < high <= entries.rules.largest(name):
            raise InputError(f"bounds, {name}", pair, f"the lower one first, at most {entries.rules.largest(name):g}")
        found[name] = (low, high)
    for name in wanted:
        if name not in found:
            expected = f"bounds={{{name!r}: (lowest, highest)}}, because no row of the ledger has limits of it"
            raise InputError("bounds", bounds, expected)
        low, high = found[name]
        value = entries[name].value
        if not low <= value <= high:
            raise InputError(f"bounds, {name}", (low, high), f"limits about {value:g}, which the run has")
    return found


def _parameters(
    there: Mapping[str, str],
    volumes: set[str],
    called: Mapping[str, str],
    entries: Mapping[str, Entry],
    limits: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    rows = []
    for name, own in there.items():
        if own in volumes and name not in called:
            continue
        low, high = limits.get(name, (math.nan, math.nan))
        entry = entries[name]
        rows.append(
            {
                "parameterId": called.get(name, own),
                "parameterName": f"{name} [{entry.unit}], {entry.status}",
                "parameterScale": "log10" if name in called and low > 0 else "lin",
                "lowerBound": low,
                "upperBound": high,
                "nominalValue": entry.value,
                "estimate": int(name in called),
            }
        )
    return _frame(rows)


def _noise(noise: Any, names: Sequence[str], data: Any) -> dict[str, Distribution]:
    if noise is None and isinstance(data, NonmemData):
        noise = dict(data.errors)
    found = dict.fromkeys(names, noise) if isinstance(noise, Distribution) else dict(noise or {})
    for name in names:
        one = found.get(name)
        if not isinstance(one, LogNormal | Normal) or one.typical is not None:
            expected = f"LogNormal(cv=...), Normal(cv=...) or Normal(sd=...) of {name}"
            raise InputError("noise", one if name in found else noise, expected)
    return found


def _observables(names: Sequence[str], formulas: Mapping[str, str], noise: Mapping[str, Distribution]) -> pd.DataFrame:
    rows = []
    for name in names:
        one, formula = noise[name], formulas[name]
        logarithmic = isinstance(one, LogNormal)
        said = one.to_dict()
        if logarithmic:
            spread = repr(math.sqrt(math.log1p(said["cv"] ** 2)))
        else:
            spread = repr(said["sd"]) if said.get("sd") is not None else f"{said['cv']!r} * {formula}"
        rows.append(
            {
                "observableId": f"observed_{formula}",
                "observableName": name,
                "observableFormula": formula,
                "noiseFormula": spread,
                "observableTransformation": "log" if logarithmic else "lin",
                "noiseDistribution": "normal",
            }
        )
    return _frame(rows)


def _measurements(rows: Sequence[Cells], formulas: Mapping[str, str]) -> pd.DataFrame:
    return _frame(
        [
            {
                "observableId": f"observed_{formulas[row['observable']]}",
                "simulationConditionId": CONDITION,
                "measurement": row["DV"],
                "time": row["TIME"],
                "datasetId": f"subject_{row['ID']}",
            }
            for row in rows
        ]
    )


def _frame(rows: Sequence[Cells]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
