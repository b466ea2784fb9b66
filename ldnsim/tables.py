"""Running event tables through a model: a row of output for every observation row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .dosable import Model
from .errors import InputError
from .events import EventTable
from .idle import beside, say_what_does_nothing
from .nca import exposure
from .planning import Plan, plan, refuse_too_long
from .records import Row
from .sampling import regular, sample_times
from .solve.happenings import Course
from .solve.linear import LinearEngine
from .solve.reference import Method, ReferenceEngine, refuse_negative, scales
from .solve.timeline import Trajectory, march

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = NDArray[np.float64]


class Settings(NamedTuple):
    """How a table is solved and read.

    Attributes
    ----------
    step : float
        Distance of the samples of a subject's dataset [h].
    at : sequence of float, str or EventTable
        Further samples, see `ldnsim.sampling.sample_times`.
    until : float or None
        End [h]; None for the last row of each subject.
    method : {"LSODA", "DOP853", "BDF", "Radau"}
        Integration method of SciPy.
    rtol : float
        Relative tolerance.
    """

    step: float
    at: Any
    until: float | None
    method: Method
    rtol: float

    def samples(self, table: EventTable, rows: Sequence[Row], clock: float) -> Array:
        """Sample times of a subject beside its rows [h], increasing.

        Parameters
        ----------
        table : EventTable
            The table; further samples may go on to its last row, and count as far as the subject's run.
        rows : sequence of Row
            Rows of the subject.
        clock : float
            Hour of the day at TIME 0 [h].

        Returns
        -------
        ndarray, shape (n,)
            Times.

        Raises
        ------
        InputError
            If further samples cannot be read or lie outside.
        """
        first, last = (bound(row.time for row in rows) for bound in (min, max))
        end = last if self.until is None else max(last, self.until)
        grid = first + regular(end - first, self.step) if end > first else np.array([first])
        further = self.further(table, rows, clock)
        return np.union1d(grid, np.array([time for time in further if time <= end]))

    def further(self, table: EventTable, rows: Sequence[Row], clock: float) -> list[float]:
        """Samples beside the regular ones [h], up to the last row of the table or the end."""
        if self.step == 0:
            raise InputError("step", self.step, "a distance above 0")
        latest = max(*(row.time for row in (*table.rows, *rows)), -np.inf if self.until is None else self.until)
        return sample_times(self.at, clock=clock, until=latest)


@dataclass(frozen=True)
class SubjectRun:
    """Run of one subject.

    Attributes
    ----------
    trajectory : Trajectory
        States over time, both sides of each event.
    plan : Plan
        What happened.
    course : Course
        Where it ended, with what each row saw.
    """

    trajectory: Trajectory
    plan: Plan
    course: Course


@dataclass(frozen=True, eq=False)
class TableRun:
    """Result of an event table.

    Attributes
    ----------
    table : EventTable
        What was given and asked.
    model : Model
        To which model.
    runs : dict
        One run a subject, by ID.
    attributes : dict
        What stands behind it, where the model says it: the assumptions.
    settings : Settings
        How it is solved, and when it is read in detail.
    label : callable, optional
        Makes the labelled dataset of a subject, where the model has its own.
    """

    table: EventTable
    model: Model
    runs: Mapping[Any, SubjectRun]
    attributes: Mapping[str, Any]
    settings: Settings
    label: Callable[[SubjectRun, Any], xr.Dataset] | None = None

    @property
    def residual(self) -> float:
        """Largest relative residual of the steady states that were solved, nan if none."""
        return float(np.fmax.reduce([run.course.residual for run in self.runs.values()]))

    def rows(self) -> pd.DataFrame:
        """One row for every observation row of the table, in file order.

        Returns
        -------
        pandas.DataFrame
            ID, TIME, EVID, CMT (name), amounts ``A_``, concentrations ``C_`` and further states and outputs
            of the model, IPRED (what the row's compartment shows), TAD (time since the last
            administration, not lagged, additional doses included; missing before the first), DV, MDV and
            the carried columns; one of the same name as a computed column ends in ``_input``. DV as text
            (``<0.05``) is missing, with its number in DV_LIMIT. Units are those of the model, in
            ``frame.attrs["units"]`` where it has some.
        """
        import pandas as pd

        found = []
        limited = any(row.unseen for row in self.table.rows)
        for subject, rows in self.table.by_subject():
            notes = self.runs[subject].course.notes
            for position, row in enumerate(rows):
                if not self.table.shows(row):
                    continue
                note = notes[position]
                columns = self.model.columns(note.state, note.parameters, note.time)
                # a minus turned a compartment off; what is shown is then the usual one
                off = row.cmt.startswith("-") if isinstance(row.cmt, str) else row.cmt < 0
                seen = self.model.compartment(0 if off else row.cmt, self.model.observe, row.place)
                shown = {name: float(value) for name, value in columns.items()}
                own = {
                    "ID": row.id,
                    "TIME": row.time,
                    "EVID": row.evid,
                    "CMT": seen.name,
                    **shown,
                    "IPRED": self._predicted(seen.name, shown, note.state, seen.states),
                    "TAD": note.since,
                    "DV": row.dv,
                    **({"DV_LIMIT": row.limit} if limited else {}),
                    "MDV": row.mdv,
                }
                found.append(own | {beside(own, row.carried, name): cell for name, cell in row.carried.items()})
        frame = pd.DataFrame(found)
        frame.attrs.update(self.attributes)
        return frame

    def _predicted(self, name: str, shown: Mapping[str, float], state: Array, states: tuple[int, ...]) -> float:
        if name in self.model.predicted:
            return shown[self.model.predicted[name]]
        return float(sum(state[position] for position in states))

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

        if not isinstance(id, Hashable) or id not in self.runs:
            known = list(map(str, self.runs))
            raise InputError("id", id, f"one of {', '.join(known[:20])}{' ...' * (len(known) > 20)}")
        rows = [row for row in self.table.rows if row.id == id]
        refuse_too_long(self.model, rows, self.settings.until, self.settings.step)
        samples = self.settings.samples(self.table, rows, self.model.daily.start)
        run = run_subject(self.table, self.model, rows, self.settings, samples, None)
        if self.label is not None:
            return self.label(run, id)
        time, side, _ = run.trajectory
        columns = self._columns(run)
        return xr.Dataset(
            {name: ("time", np.broadcast_to(values, time.shape)) for name, values in columns.items()},
            coords={
                "time": ("time", time, {"units": "h", "long_name": "TIME"}),
                "side": ("time", side, {"long_name": "-1 just before an event, +1 just after, 0 elsewhere"}),
            },
            attrs={"title": f"{self.model.name}, subject {id}", **_doses(run), **self.attributes},
        )

    def _columns(self, run: SubjectRun) -> dict[str, Array]:
        """Every column over time, under the parameters of each time."""
        time, _, states = run.trajectory
        pieces: list[dict[str, Any]] = []
        first = 0
        for count, p in _joined(run.course.spans):
            part = slice(first, first + count)
            first += count
            if callable(p):
                pieces += [
                    self.model.columns(states[:, [at]], p(time[at]), time[[at]]) for at in range(*part.indices(first))
                ]
            elif count:
                pieces.append(self.model.columns(states[:, part], p, time[part]))
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

    def summary(self) -> pd.DataFrame:
        """Cmax, tmax and AUC of what the default observation compartment shows, a row a subject.

        Where TIME starts again, each stretch has a row of its own.

        Returns
        -------
        pandas.DataFrame
            Indexed by ID and stretch (from 1): doses of the subject, cmax, tmax, auclast (linear-up, log-down, on
            the samples of `simulate`'s ``step``) and the residual of its steady states.
        """
        import pandas as pd

        name = self._observed
        found = []
        for subject in self.runs:
            data, run = self.subject(subject), self.runs[subject]
            curve = data["plasma"].sel(analyte=self.model.observe) if self.label is not None else data[name]
            time = data["time"].values
            again = np.flatnonzero(np.diff(time) < 0) + 1
            stretches = zip(np.split(time, again), np.split(curve.values, again), strict=True)
            for stretch, (when, level) in enumerate(stretches, start=1):
                # a single moment has a level, and no area
                read = exposure(when, level) if len(when) > 1 else None
                found.append(
                    {
                        "ID": subject,
                        "stretch": stretch,
                        "doses": len(run.course.doses),
                        "cmax": read.cmax if read else float(level[0]),
                        "tmax": read.tmax if read else float(when[0]),
                        "auclast": read.auclast if read else 0.0,
                        "steady_state_residual": run.course.residual,
                    }
                )
        return pd.DataFrame(found).set_index(["ID", "stretch"])

    def plot(self, id: Any = None, ax: Any = None) -> Any:
        """What the default observation compartment shows over time, see `ldnsim.plots.course_of`.

        Parameters
        ----------
        id : int, float, str or sequence, optional
            The subject, or several that share the axes; the first one by default.
        ax : matplotlib.axes.Axes, optional
            Where to draw, beside the subjects that are there.

        Returns
        -------
        matplotlib.axes.Axes
            The panel; of one subject in the naltrexone model without `ax` its four panels.

        Raises
        ------
        InputError
            If there is no such subject.
        """
        from . import plots, subject_plots

        several = isinstance(id, list | tuple | range | np.ndarray)
        ids = list(id) if several else [next(iter(self.runs)) if id is None else id]
        if self.label is not None and ax is None and not several:
            return plots.four_panels(self.subject(ids[0]))
        return subject_plots.subjects(self.subject, ids, self.model.name, self.model.observe, self._observed, ax)

    @property
    def _observed(self) -> str:
        """Column of the default observation compartment."""
        return self.model.predicted.get(self.model.observe, self.model.observe)


def _joined(spans: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Neighbouring spans under the same parameters as one."""
    found: list[tuple[int, Any]] = []
    for count, p in spans:
        if found and found[-1][1] is p:
            found[-1] = (found[-1][0] + count, p)
        else:
            found.append((count, p))
    return found


def _doses(run: SubjectRun) -> dict[str, Any]:
    """What pictures show of the doses of a run."""
    return {
        "dose_time": [taken.time for taken in run.course.doses],
        "dose_amount": [taken.amount for taken in run.course.doses],
        "dose_hours": [taken.hours for taken in run.course.doses],
    }


def run_table(
    table: EventTable, model: Model, settings: Settings, progress: Callable[[float], None] | None
) -> dict[Any, SubjectRun]:
    """Run every subject of a table, stopping at its rows and events only.

    Parameters
    ----------
    table : EventTable
        What is given and asked.
    model : Model
        To which model.
    settings : Settings
        How it is solved.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    dict
        One run a subject, by ID.

    Raises
    ------
    InputError
        If a row does not fit the model.
    SolverError
        If the integration or a steady state fails.
    """
    # refuse now what the dataset of a subject could not do later
    settings.further(table, table.rows, model.daily.start)
    refuse_too_long(model, table.rows, settings.until)
    count, found = len(table.subjects), {}
    for done, (subject, rows) in enumerate(table.by_subject()):
        part = None if progress is None else _part(progress, done, count)
        found[subject] = run_subject(table, model, rows, settings, np.array([]), part)
    say_what_does_nothing(table, model)
    return found


def run_subject(
    table: EventTable,
    model: Model,
    rows: Sequence[Row],
    settings: Settings,
    samples: Array,
    progress: Callable[[float], None] | None,
) -> SubjectRun:
    """Run one subject.

    Linear models are solved exactly, by the matrix exponential; the others by SciPy.

    Parameters
    ----------
    table : EventTable
        For its rules.
    model : Model
        The model.
    rows : sequence of Row
        Rows of the subject.
    settings : Settings
        How it is solved.
    samples : ndarray, shape (n,)
        Wanted times beside the rows, increasing [h].
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    SubjectRun
        What happened, and what each row saw.

    Raises
    ------
    InputError
        If a row does not fit the model.
    SolverError
        If the integration or a steady state fails.
    """
    linear = model.system.linear
    if linear:
        model.system.matrix(model.fill(rows[0].covariates))  # refuses what is declared falsely, whoever solves it
    planned = plan(table, model, rows, samples, settings.until, linear=linear)
    course = Course(planned.initial, planned.parameters, planned.on)
    scale = scales(model.system, planned.timeline.largest, planned.initial)
    engine: LinearEngine | ReferenceEngine = LinearEngine(model.system)
    if not linear or "linear" in table.covariates.values():
        engine = ReferenceEngine(model.system, model.daily, scale, settings.method, settings.rtol)
    course.steady = engine.steady
    raw = march(planned.timeline, course, engine.advance, progress)
    refuse_negative(raw.states, scale, model.system)
    for position, note in course.notes.items():
        course.notes[position] = note._replace(state=np.maximum(note.state, 0.0))
    return SubjectRun(raw._replace(states=np.maximum(raw.states, 0.0)), planned, course)


def _part(progress: Callable[[float], None], done: int, of: int) -> Callable[[float], None]:
    return lambda fraction: progress((done + fraction) / of)
