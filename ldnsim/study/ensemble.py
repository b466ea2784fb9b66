"""An ensemble: a study made ready once, and run with many sets of parameters, covariates and doses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.near import among
from ..base.reading import columns_of_frame, listed, number, numbers, whole_number
from ..base.units import HOURS_PER_DAY, factor, hours
from ..dosing.regimen import Regimen
from ..dosing.sampling import after_doses, sample_times
from ..engines.choice import usual_for_many
from ..engines.leg import Array
from ..ledger.assumptions import Assumptions
from ..ledger.ranges import Settled, settle
from ..models.dosable import Model
from ..models.system import NALTREXONE
from ..population.covariates import LIMITS, between, credible, effects, levels, references
from ..population.individuals import named
from ..population.people import Drawn
from ..results.over_time import FINISHED
from ..results.views import last_day
from .account import Endotoxin
from .asking import USUAL_STEP_OF_PEOPLE, Asked, account_for
from .differences import FINE, alone, moved, slope
from .ensemble_rows import Endpoint, dataset_of, no_rows, numbers_of
from .options import Engine
from .population_run import kept_of
from .study import Study

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

MG = "mg"
"""Column that says how much each dose is [mg]."""


class Ensemble:
    """A study made ready once, and run with many sets of parameters, covariates and doses.

    Rows of a frame are runs; its columns are parameters of the model in its units or in one that the heading names, as
    in ``CL [mL/min]``, covariates, or ``mg``, the amount of every dose. What comes out for a row does not depend on the
    others. The compiled engine has one kernel for rows and one for a row alone, whatever the columns, and further ones
    where a column is of a parameter that is a small whole number here, or lets states differ that are equal otherwise,
    such as the amounts of both isomers: a kernel is faster for knowing it. Where ``outputs`` are named, states that
    have no say in them are left out, by a kernel of its own again: levels and occupancy take half of the time of all.

    Parameters
    ----------
    regimen : Regimen or str
        What is given; where ``mg`` is a column, all its doses are alike.
    model, assumptions, condition, cell, parameters, source, covariates, start, until, step, at, endotoxin, rtol
        As in `ldnsim.simulate`; what is no column is as it is said here.
    engine : {"auto", "compiled", "batch", "reference", "exact"}
        As for a population in `ldnsim.simulate`.
    outputs : sequence of str, optional
        Which variables are computed; by default those of a population.
    threads : int, optional
        How many groups of runs are computed at once; by default as many as there are processors.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> ready = Ensemble("4.5 mg at 22:00", until=24, outputs=["plasma"], engine="batch")
    >>> peaks = ready.endpoints({"pk.cl": [100.0, 200.0]}, ["ntx Cmax"])
    >>> bool(peaks["ntx Cmax"][0] > peaks["ntx Cmax"][1])
    True
    """

    def __init__(
        self,
        regimen: Regimen | str,
        *,
        model: Model | None = None,
        assumptions: Assumptions | str = "popular",
        condition: str = "healthy",
        cell: str = "microglia",
        parameters: Mapping[str, object] | None = None,
        source: str = "changed by the user",
        covariates: Mapping[str, object] | None = None,
        start: str = "untreated",
        until: float | str | None = None,
        step: float | str | None = None,
        at: object = (),
        endotoxin: Endotoxin | None = None,
        engine: Engine = "auto",
        rtol: float | None = None,
        outputs: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> None:
        given = Regimen.parse(regimen) if isinstance(regimen, str) else regimen
        if not isinstance(given, Regimen):
            raise InputError("regimen", regimen, "a Regimen, or a text such as '4.5 mg at 22:00 daily for 28 days'")
        account = account_for(
            model, None, assumptions=assumptions, condition=condition, cell=cell, parameters=parameters, source=source,
            covariates=covariates,
        )  # fmt: skip
        system = NALTREXONE if model is None else model.system
        chosen: Engine = usual_for_many(system, account.declared) if engine == "auto" else engine
        if step is None:
            # the grid of a population, which does not miss peaks
            step, end = USUAL_STEP_OF_PEOPLE, given.horizon if until is None else hours(until, "until")
            further = sample_times(at, clock=given.clock, until=end)
            at = sorted({*further, *after_doses((dose.time for dose in given.dosing()), end)})
        asked = Asked(None, None, endotoxin, start, until, step, at, chosen, "LSODA", rtol)
        kept = kept_of(outputs, None, account.model(given.clock), stored=False)
        study = asked.study(given, account, {})
        self.threads = (os.cpu_count() or 1) if threads is None else whole_number(threads, "threads", low=1)
        self._study = Study(given, account, None, {**study.settings, **kept}, varied=(), narrow=outputs is not None)
        self._rtol = rtol
        self._ready: dict[tuple[Any, ...], Study] = {}

    @classmethod
    def of(cls, study: Study) -> Ensemble:
        """The ensemble of a study of one typical person, whose settings say what is computed and by which engine."""
        made = cls.__new__(cls)
        made.threads = os.cpu_count() or 1
        made._study, made._rtol, made._ready = study, None, {}
        return made

    def _study_for(
        self, columns: Mapping[str, NDArray[Any]], day: tuple[float, float] | None = None, rtol: float | None = None
    ) -> Study:
        """The study of rows with some columns, made ready once; read about a day alone where nothing else is wanted."""
        ready, others = self._study, columns.keys() - set(self.parameters) - {MG}
        varied = columns.keys() & set(self.parameters)
        if others:
            own = ready.account.own is not None
            varied |= set(self.parameters) if own else {one.parameter for one in effects() if one.parameter}
        lone = _size(columns) == 1
        key = (frozenset(varied), lone, day, rtol)
        if key not in self._ready:
            settings = ready.settings if rtol is None else {**ready.settings, "rtol": rtol}
            # a summary of a day looks a day to either side of it
            shown = None if day is None else (day[0] - HOURS_PER_DAY, day[1] + HOURS_PER_DAY)
            self._ready[key] = replace(ready, settings=settings, varied=tuple(sorted(varied)), shown=shown, lone=lone)
        return self._ready[key]

    @property
    def parameters(self) -> Any:
        """Typical values of the parameters, with their evidence; what is no column stays so."""
        return self._study.account.parameters

    @cached_property
    def time(self) -> Array:
        """Times of the curves [h], shape (n_times,); twice at each dose."""
        return self._study.plan.time

    def described(self) -> xr.Dataset:
        """The outputs before anything is run: what they are, and the evidence behind each; nobody in it."""
        return no_rows(self._study)

    def curves(self, frame: Any) -> xr.Dataset:
        """Curves of every row.

        Parameters
        ----------
        frame : pandas.DataFrame, polars.DataFrame or mapping of str to array_like
            One row a run.

        Returns
        -------
        xarray.Dataset
            The outputs, each with a first dimension ``person`` for the rows, as of a population; coordinates ``status``
            (0 ok, 1 stiff, 2 failed, 3 invalid), ``reason`` and the frame's columns. Curves of failed rows are nan.

        Raises
        ------
        InputError
            If a column is unknown, or no number.
        """
        import xarray as xr

        columns = self._columns(frame)
        study = self._study_for(columns)
        rows = self._parts(columns, study)
        parts = [dataset_of(study, found, {k: v[part] for k, v in columns.items()}) for part, found in rows]
        return parts[0] if len(parts) == 1 else xr.concat(parts, "person")

    def endpoints(self, frame: Any, wanted: Sequence[str] | Mapping[str, Endpoint]) -> pd.DataFrame:
        """Some numbers of every row; the curves behind them are dropped chunk by chunk.

        Parameters
        ----------
        frame : pandas.DataFrame, polars.DataFrame or mapping of str to array_like
            One row a run.
        wanted : sequence of str, or mapping of str to callable
            Quantities of the last day, by the names that a summary has for them, such as ``"ntx Cmax"``; or functions
            that take curves as `curves` gives them, and give a number for each ``person``.

        Returns
        -------
        pandas.DataFrame
            A column each, nan where the run failed, and ``status`` and ``reason``.

        Raises
        ------
        InputError
            If a column is unknown or no number, or an endpoint cannot be had of these outputs.
        """
        import pandas as pd

        return pd.DataFrame(self._endpoints(self._columns(frame), wanted))

    def jacobian(
        self,
        wanted: Sequence[str] | Mapping[str, Endpoint],
        names: Sequence[str],
        at: Mapping[str, float] | None = None,
    ) -> pd.DataFrame:
        """Derivatives of endpoints with respect to parameters, by differences between runs side by side.

        Parameters
        ----------
        wanted : sequence of str, or mapping of str to callable
            As for `endpoints`.
        names : sequence of str
            Parameters, covariates or ``mg`` that are moved, each by a thousandth and two to either side; those that are
            0 by 0.001 and 0.002 of their unit, upwards, and those at the end of their range to the other side alone.
        at : mapping of str to float, optional
            Where, as a row of a frame; by default at the typical values.

        Returns
        -------
        pandas.DataFrame
            A row an endpoint, a column a name, in the unit of the endpoint over that of the parameter; nan where an
            endpoint has no value.

        Raises
        ------
        InputError
            If a name is unknown, has no value to start from, or the run fails.
        """
        import pandas as pd

        names = listed(names, "names", "names of parameters")
        base = {name: float(number(value, name)) for name, value in (at or {}).items()}
        for name in names:
            if name not in base:
                base[name] = self.typical(name)
        found = self._endpoints(self._columns(moved(base, names)), wanted, FINE if self._rtol is None else self._rtol)
        ran = np.isin(found["status"], FINISHED)
        if (place := alone(ran)) is not None:
            raise InputError("at", base, f"a row that can be run, and one close by: {found['reason'][place]}")
        slopes = [[slope(found[end], ran, place, base[name]) for place, name in enumerate(names)] for end in wanted]
        return pd.DataFrame(slopes, index=list(wanted), columns=names)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be a column."""
        own = self._study.account.own
        covariates = (*references(), *levels()) if own is None else self._study.account.asked
        return (*self.parameters.rules.known, MG, *covariates)

    def typical(self, name: str) -> float:
        """What holds where a name is no column: a parameter, ``mg``, or the covariate of whom parameters are typical.

        Raises
        ------
        InputError
            If there is no such name, or it has no number.
        """
        known, somebody = self.parameters.rules.known, self._study.account.known or {}
        if name in known or name == MG:
            return float(self.parameters[name].value) if name in known else self._mg()
        if self._study.account.own is None and name in references():
            return references()[name][0]
        if name not in somebody:
            numbers = [one for one in self.names if one not in levels()]
            raise InputError("names", name, f"a name that at= has a value of, or one of {', '.join(numbers)}")
        return somebody[name]

    def unit(self, name: str) -> str:
        """The unit of a column; empty where it is not known."""
        if name in self.parameters.rules.known or name == MG:
            return MG if name == MG else self.parameters.rules.terms[name].unit
        return references().get(name, ("", ""))[1] if self._study.account.own is None else ""

    def _mg(self) -> float:
        """What every dose of the regimen is [mg]."""
        doses = {dose.mg for dose in self._study.doses}
        if len(doses) != 1 or 0.0 in doses:
            expected = "a regimen whose doses are all alike and above 0, where mg is a column"
            raise InputError("mg", sorted(doses), expected)
        return doses.pop()

    def _columns(self, frame: Any) -> dict[str, NDArray[Any]]:
        """Columns as arrays of one length."""
        names = columns_of_frame(frame, "a frame, or a mapping from column to values")
        own = self._study.account.own
        if own is None and self._study.account.covariates:
            for name in {*references(), *levels()} & {named(str(heading))[0] for heading in names}:
                raise InputError("covariates", name, "to be said either in covariates= or in columns, not in both")
        known = self.names
        found: dict[str, NDArray[Any]] = {}
        for heading in names:
            name, unit = named(str(heading))
            if name not in known or name in found:
                raise InputError("frame, column", heading, among(name, known, ", each once"))
            cells, scale = frame[heading], self._factor(name, unit) if unit else 1.0
            if own is None and name in levels():
                found[name] = np.array([str(value) for value in cells])
                odd = set(found[name].tolist()) - set(levels()[name])
                if odd:
                    raise InputError(f"column {name}", odd.pop(), f"one of {', '.join(levels()[name])}")
            else:
                found[name] = np.atleast_1d(numbers(np.asarray(cells), f"column {name}", "numbers")) * scale
        if len({values.shape for values in found.values()}) != 1 or any(
            v.ndim != 1 or not v.size for v in found.values()
        ):
            raise InputError("frame", {name: v.shape for name, v in found.items()}, "columns of one length, at least 1")
        return found

    def _factor(self, name: str, unit: str) -> float:
        """What one unit of a column is in that of the parameter or covariate."""
        target = self.unit(name)
        if not target:
            raise InputError("frame, column", f"{name} [{unit}]", f"{name} alone, because its unit is not known")
        try:
            return factor(unit, target)
        except InputError as error:
            raise InputError("frame, column", f"{name} [{unit}]", f"a unit of {name} such as {target}") from error

    def _parts(
        self, columns: Mapping[str, NDArray[Any]], study: Study
    ) -> Iterator[tuple[slice, dict[str, NDArray[Any]]]]:
        """Everything about some rows after the others, by place."""
        size = _size(columns)
        together = study.chunk_size
        for first in range(0, size, together):
            part = slice(first, min(first + together, size))
            drawn = self._drawn({name: values[part] for name, values in columns.items()})
            yield part, study.solved(drawn, np.arange(part.start, part.stop), self.threads)

    def _drawn(self, columns: Mapping[str, NDArray[Any]]) -> Drawn:
        """Rows as people who were drawn."""
        study, size = self._study, _size(columns)
        typical, rules = study.account.parameters.values_by_name(), study.account.parameters.rules
        share = columns[MG] / self._mg() if MG in columns else None
        given = {name: values for name, values in columns.items() if name not in typical and name != MG}
        odd = {
            int(place): f"{name} is {values[place]:g}" + (f", not {between(name)}" if name in LIMITS else "")
            for name, values in given.items() if name not in levels()
            for place in np.flatnonzero(~credible(name, values))
        }  # fmt: skip
        if share is not None:
            odd |= {int(k): f"mg is {columns[MG][k]:g}" for k in np.flatnonzero(~(share >= 0) | np.isinf(share))}
        with np.errstate(all="ignore"):  # what is impossible is told by row
            found: dict[str, Any] = {**typical, **{name: values for name, values in columns.items() if name in typical}}
            found |= study.account.effects(given, found, odd)
            settled: Settled = settle(found, size, lambda *_: {}, rules)
        values = np.empty((1, len(typical), size))
        for place, name in enumerate(typical):
            values[0, place] = found[name]
        doses = (len(study.doses), size)
        problem = tuple(sorted({**settled.problem, **odd}.items()))
        return Drawn(values, {}, np.ones(doses, np.bool_), np.zeros(doses), np.zeros(size, np.int64), problem, share)

    def _endpoints(
        self,
        columns: Mapping[str, NDArray[Any]],
        wanted: Sequence[str] | Mapping[str, Endpoint],
        rtol: float | None = None,
    ) -> dict[str, Any]:
        size = _size(columns)
        day = None if isinstance(wanted, Mapping) else self._day
        study = self._study_for(columns, day, rtol)
        found: dict[str, Any] = {}
        status, reason = np.zeros(size, np.int8), np.full(size, "", dtype=object)
        for part, arrays in self._parts(columns, study):
            status[part], reason[part] = arrays["status"], arrays["reason"]
            for name, values in numbers_of(study, arrays, wanted, self._day).items():
                found.setdefault(name, np.full(size, np.nan))[part] = values
        return found | {"status": status, "reason": reason}

    @cached_property
    def _day(self) -> tuple[float, float]:
        """The day that endpoints with a name are read on."""
        import xarray as xr

        return last_day(xr.Dataset(coords={"time": self.time}, attrs=self._study.attributes()))


def _size(columns: Mapping[str, NDArray[Any]]) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values())))
