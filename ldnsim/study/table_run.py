"""Result of an event table: a row for every observation row, curves of each subject, summary and pictures."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from ..base.delimited import POINT
from ..base.errors import InputError, LdnsimWarning
from ..base.files import whole, write_text
from ..dosing.event_table import EventTable
from ..dosing.rows import Row
from ..engines.leg import Array
from ..engines.protocol import Protocol
from ..models.dosable import Model
from ..models.inlets import Compartment
from ..plots.plot_options import PanelOptions
from ..results.carried import digest, told_by
from ..results.dataset import Trajectory, csv_text, labelled_rows
from .explanation import Unexplained
from .idle import beside
from .looks import Looks
from .noncompartmental import Analysed, Profiles
from .planning import Planned, plan, refuse_too_long
from .table_summary import table_summary
from .tables import Group, Settings, doses_of, in_detail, walked

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class TableRun(Unexplained, Analysed):
    """Result of an event table.

    Attributes
    ----------
    table : EventTable
        What was given and asked.
    model : Model
        To which model.
    groups : list of Group
        Runs, those of subjects who share a design together.
    attributes : dict
        What stands behind it, where the model says it: the assumptions.
    settings : Settings
        How it is solved, and when it is read in detail.
    label : callable, optional
        Makes the labelled dataset of a subject, where the model has its own.
    recorded, again : callable, optional
        Give the record, and run again.
    """

    table: EventTable
    model: Model
    groups: Sequence[Group]
    attributes: Mapping[str, Any]
    settings: Settings
    label: Callable[[Planned, Trajectory, Any], xr.Dataset] | None = None
    recorded: Callable[[], dict[str, Any]] | None = None
    again: Callable[[], TableRun] | None = None

    @property
    def data(self) -> xr.Dataset:
        """`rows` as a dataset with a dimension ``row``; `subject` gives the curves of one of them."""
        return labelled_rows(self.rows()).assign_attrs({**self.attributes, **self._said})

    @cached_property
    def _said(self) -> dict[str, str]:
        """The record, and the digest of the rows; nothing where parameters have no names."""
        with suppress(InputError):
            return {"record": json.dumps(self.record), "digest": digest(labelled_rows(self.rows()))}
        return {}

    @property
    def record(self) -> dict[str, Any]:
        """All that is needed to repeat the run: table, model by name, parameters, population, settings, versions.

        Raises
        ------
        InputError
            If the parameters of the model have no names.
        """
        assert self.recorded is not None
        return self.recorded()

    def repeat(self) -> TableRun:
        """Run again; on the same versions the result is the same to the last bit."""
        assert self.again is not None
        return self.again()

    def to_frame(self) -> pd.DataFrame:
        """The same as `rows`."""
        return self.rows()

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = POINT) -> None:
        """Write `rows` as CSV, with the record in remarks (``#``) above them, whole or not at all.

        What the model computes has its unit in the header; columns of a table keep their names, to be read again.

        Parameters
        ----------
        path : path-like
            The file.
        sep, decimal : str
            What stands between cells and before decimals, as in `ldnsim.Simulation.csv`.

        Raises
        ------
        InputError
            If the folder cannot be written to, or separators cannot be used.
        """
        write_text(path, csv_text(self.rows(), told_by(self._said), sep, decimal), "csv")

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write `rows` with the record of the run as netCDF 3, whole or not at all; `ldnsim.open` reads it.

        Raises
        ------
        InputError
            If the folder cannot be written to, or the parameters of the model have no names.
        """
        with whole(path, "netcdf") as draft:
            self.data.assign_attrs(record=json.dumps(self.record)).to_netcdf(draft, engine="scipy")

    @cached_property
    def _where(self) -> dict[Any, tuple[Group, int]]:
        """Group and place in it of each subject, by ID in file order."""
        found = {one.id: (group, who) for group in self.groups for who, one in enumerate(group.planned.subjects)}
        return {id: found[id] for id in self.table.subjects}

    @property
    def residual(self) -> float:
        """Largest relative residual of the steady states that were solved, nan if none."""
        return float(np.fmax.reduce([np.fmax.reduce(group.course.residual) for group in self.groups]))

    def rows(self) -> pd.DataFrame:
        """One row for every observation row of the table, in file order.

        Returns
        -------
        pandas.DataFrame
            ID, TIME, EVID, CMT (name), amounts ``A_``, concentrations ``C_`` and further states and outputs
            of the model, IPRED (what the row's compartment shows), TAD (time since the last
            administration, not lagged, additional doses included; missing before the first), DV, MDV and
            the carried columns; one of the same name as a computed column ends in ``_input``. DV as text
            (``<0.05``) is missing, with its number in DV_LIMIT. Of several replicates of a population REP says
            which, from 1. Units are in ``frame.attrs["units"]``.
        """
        import pandas as pd

        given: list[Row] = []
        seen: list[Compartment] = []
        since, computed, predicted = [], [], []
        order = []
        places = {id: number for number, id in enumerate(self.table.subjects)}
        for group in self.groups:
            looks = Looks(self.model, group)
            given += looks.rows
            seen += looks.seen
            since.append(looks.since())
            computed.append(looks.columns())
            predicted.append(looks.predicted(computed[-1]))
            order += [(places[row.id], position) for row, position in zip(looks.rows, looks.positions, strict=True)]
        shown = {name: np.concatenate([one[name] for one in computed]) for name in computed[0]}
        columns: dict[str, Any] = {
            "ID": [row.id for row in given],
            "TIME": [row.time for row in given],
            "EVID": [row.evid for row in given],
            "CMT": [one.name for one in seen],
            **shown,
            "IPRED": np.concatenate(predicted),
            "TAD": np.concatenate(since),
            "DV": [row.dv for row in given],
        }
        if any(row.unseen for row in self.table.rows):
            columns["DV_LIMIT"] = [row.limit for row in given]
        columns["MDV"] = [row.mdv for row in given]
        carried = self.table.rows[0].carried
        columns |= {beside(columns, carried, name): [row.carried[name] for row in given] for name in carried}
        frame = pd.DataFrame(columns) if given else pd.DataFrame()
        if len(self.groups) > 1:
            frame = frame.iloc[sorted(range(len(order)), key=order.__getitem__)].reset_index(drop=True)
        frame.attrs.update(self.attributes)
        terms = self.model.terms
        frame.attrs["units"] = {"TAD": "h"} | {name: terms[name].unit for name in shown if name in terms}
        return frame

    def subject(self, id: Any) -> xr.Dataset:
        """Everything over time for one subject, both sides of each event marked in ``side``.

        The subject is run again with all the samples of `simulate`'s ``step`` and ``at``, which a table
        of many subjects would not have room for.

        Parameters
        ----------
        id : int, float or str
            The subject.

        Returns
        -------
        xarray.Dataset
            Dimension ``time`` [h] with coordinate ``side``: -1 just before an event, +1 just after, 0 elsewhere.

        Raises
        ------
        InputError
            If there is no such subject.
        """
        import xarray as xr

        if not isinstance(id, Hashable) or id not in self._where:
            known = list(map(str, self._where))
            raise InputError("id", id, f"one of {', '.join(known[:20])}{' ...' * (len(known) > 20)}")
        rows = [row for row in self.table.rows if row.id == id]
        refuse_too_long(self.model, rows, self.settings.until, self.settings.step)
        samples = self.settings.samples(self.table, rows, self.model.daily.start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LdnsimWarning)  # said when the table was run
            (planned,) = plan(self.table, self.model, [(id, rows)], self.settings.until)
        end = rows[-1].time if self.settings.until is None else max(rows[-1].time, self.settings.until)
        records, time, side = in_detail(planned, rows, samples, end)
        planned = planned._replace(protocol=replace(planned.protocol, records=records))
        ((_, course),) = walked(self.model, [planned], self.settings.chosen, None)
        sets = planned.protocol.set_at_records()[:, 0]
        run = Trajectory(time, side, np.array([state[0] for state in course.states]))
        if self.label is not None:
            return self.label(planned, run, id).assign_attrs(self._said)
        return xr.Dataset(
            {name: ("time", values) for name, values in self._columns(planned.protocol, run, sets).items()},
            coords={
                "time": ("time", time, {"units": "h", "long_name": "TIME"}),
                "side": ("time", side, {"long_name": "-1 just before an event, +1 just after, 0 elsewhere"}),
            },
            attrs={"title": f"{self.model.name}, subject {id}", **doses_of(planned), **self.attributes, **self._said},
        )

    def _columns(self, protocol: Protocol, run: Trajectory, sets: NDArray[np.int64]) -> dict[str, Array]:
        """Every column over time, under the parameters of each time."""
        pieces: list[dict[str, Any]] = []
        for part in np.split(np.arange(len(run.time)), np.flatnonzero(np.diff(sets)) + 1):
            p = protocol.sets.one(int(sets[part[0]]), 0)
            if callable(p):
                times = protocol.records.time[part, 0]
                pieces += [
                    self.model.columns(run.states[:, [at]], p(when), run.time[[at]])
                    for at, when in zip(part.tolist(), times.tolist(), strict=True)
                ]
            else:
                pieces.append(self.model.columns(run.states[:, part], p, run.time[part]))
        sizes = [len(np.atleast_1d(next(iter(piece.values())))) for piece in pieces]
        return {
            name: np.concatenate(
                [np.broadcast_to(piece[name], size) for piece, size in zip(pieces, sizes, strict=True)]
            )
            for name in pieces[0]
        }

    def __repr__(self) -> str:
        steady = "" if np.isnan(self.residual) else f", steady states to {self.residual:.1e}"
        return (
            f"<TableRun of {self.table!r} in {self.model.name}{steady}; see rows(), subject(id), summary(), plot(id)>"
        )

    def summary(self, *, language: str | None = None) -> pd.DataFrame:
        """Cmax, tmax and AUC of what the default observation compartment shows, a row a subject.

        Where TIME starts again, each stretch has a row of its own.

        Parameters
        ----------
        language : str, optional
            Of the headings: ``"en"``, ``"de"``, ``"fr"`` or ``"es"``; as `ldnsim.language` says if none. Names that
            PKNCA has stay, numbers are numbers, and ``attrs`` says the same in English.

        Returns
        -------
        pandas.DataFrame
            Indexed by ID and stretch (from 1): doses of the subject, cmax, tmax, auclast (linear-up, log-down, on
            the samples of `simulate`'s ``step``) and the residual of its steady states. ``attrs`` holds what is
            observed, units, assumptions and the weakest evidence.

        Raises
        ------
        InputError
            If there are no words of the language.
        """
        return table_summary(self, language)

    def _profiles(self) -> Profiles:
        chosen = self.settings.chosen.engine
        # what is taken by itself is as exact as the reference
        about: dict[str, Any] = {"engine": "reference" if chosen == "auto" else chosen}
        if self.label is None:
            about["observed"] = self._observed
        steady = {row.id for row in self.table.rows if row.ss}
        parts = []
        for id in self._where:
            data = self.subject(id).assign_attrs(about)
            if self.label is None and self._observed in self.model.terms:
                data[self._observed].attrs["units"] = self.model.terms[self._observed].unit
            data.attrs["set_steady"] = id in steady
            parts.append((data, {"ID": id}))
        return Profiles(parts)

    def plot(
        self, id: Any = None, ax: Any = None, *, language: str | None = None, **options: Unpack[PanelOptions]
    ) -> Any:
        """What the default observation compartment shows over time, see `ldnsim.plots.panels.course_of`.

        Parameters
        ----------
        id : int, float, str or sequence, optional
            The subject, or several that share the axes; the first one by default.
        ax : matplotlib.axes.Axes, or a sequence of them, optional
            Where to draw, beside the subjects that are there.
        **options
            ``panels``, ``log``, ``colors``, ``width``, ``footer`` and ``points``, as
            `ldnsim.plots.plot_options.PanelOptions` has them; of a general model panels are its columns.
        language : str, optional
            Of words and numbers, as in `ldnsim.Simulation.plot`; columns keep their names.

        Returns
        -------
        matplotlib.axes.Axes, or ndarray of them
            The panel; of one subject in the naltrexone model without `ax` its four panels; or the panels named.

        Raises
        ------
        InputError
            If there is no such subject, or there are no words of the language.
        """
        from ..plots import subject_plots
        from ..plots.lettering import drawn_in
        from ..plots.overlays import overlay
        from ..plots.panel_drawing import plot_run

        several = isinstance(id, list | tuple | range | np.ndarray)
        ids = list(id) if several else [next(iter(self._where)) if id is None else id]
        if self.label is not None and not several and (ax is None or "panels" in options):
            return drawn_in(language, lambda: plot_run(self.subject(ids[0]), ax=ax, **options))
        if self.label is not None and "panels" in options:
            return drawn_in(
                language, lambda: overlay({f"subject {id}": self.subject(id) for id in ids}, ax=ax, **options)
            )
        name, observed = self.model.name, (self.model.observe, self._observed)
        return drawn_in(
            language, lambda: subject_plots.subjects(self.subject, ids, name, *observed, ax=ax, **options), [name]
        )

    @property
    def hour(self) -> float:
        """Hour of the day at TIME 0 [h]; a model without a daily cycle leaves it to the table."""
        return self.table.clock_at_start(None) if self.label is None else self.model.daily.start

    @property
    def _observed(self) -> str:
        """Column of the default observation compartment."""
        return self.model.predicted.get(self.model.observe, self.model.observe)
