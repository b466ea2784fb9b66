"""Runs that start at different hours or dates, on one time axis."""

from __future__ import annotations

import datetime
import json
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..base.errors import LdnsimWarning
from ..base.units import HOURS_PER_DAY

if TYPE_CHECKING:
    import xarray as xr


class SharedClock(NamedTuple):
    """Where runs stand on the axis that they share.

    Attributes
    ----------
    shifts : dict of str to float
        When each run starts, after the one that starts first [h].
    clock : float
        Hour of the day where the axis is 0 [h].
    date : datetime.date or None
        Its date, where runs have one.
    """

    shifts: dict[str, float]
    clock: float
    date: datetime.date | None

    def place(self, name: str, data: xr.Dataset, back: float = 0.0) -> xr.Dataset:
        """A run, or a window of it, on the shared axis.

        Parameters
        ----------
        name : str
            Which run.
        data : xarray.Dataset
            The run or the window.
        back : float
            How much earlier it is put [h]; a multiple of 24, so that the clock stays true.

        Returns
        -------
        xarray.Dataset
            The same values; times, also those of doses, on the axis.
        """
        by = self.shifts[name] - back
        if by == 0:
            return data
        moved = {
            key: (np.atleast_1d(np.asarray(data.attrs[key], dtype=float)) + by).tolist()
            for key in ("dose_time", "dose_planned", "missed_time")
            if key in data.attrs
        }
        if "together_until" in data.attrs:
            moved["together_until"] = float(data.attrs["together_until"]) + by
        time = ("time", data["time"].values + by, data["time"].attrs)
        return data.assign_coords(time=time).assign_attrs(moved, clock_start=self.clock)


def shared_clock(runs: Mapping[str, xr.Dataset]) -> SharedClock:
    """One axis for runs: each against its own clock, and its own date where it has one.

    Runs without a date start on the same day, before their hour of the day comes again; beside runs with a date, on the
    first of these, which a warning says.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Results.

    Returns
    -------
    SharedClock
        The axis.
    """
    dates = {name: _date(data.attrs) for name, data in runs.items()}
    known = [date for date in dates.values() if date is not None]
    first = min(known, default=None)
    if known and len(known) < len(dates):
        undated = ", ".join(repr(name) for name, date in dates.items() if date is None)
        told = f"{undated}: no calendar start, drawn from {first}; Regimen.on('{first}') says a date"
        warnings.warn(told, LdnsimWarning, stacklevel=3)
    hours = {
        name: float(data.attrs["clock_start"])
        + (0.0 if first is None else ((dates[name] or first) - first).days * HOURS_PER_DAY)
        for name, data in runs.items()
    }
    start = min(hours.values())
    date = None if first is None else first + datetime.timedelta(days=int(start // HOURS_PER_DAY))
    return SharedClock({name: hour - start for name, hour in hours.items()}, start % HOURS_PER_DAY, date)


def _date(attributes: Mapping[str, Any]) -> datetime.date | None:
    """Calendar date of time 0, from the record of a run; what has no record, as a subject of a table, has none."""
    text = json.loads(attributes.get("record", "{}")).get("regimen", {}).get("date")
    return None if text is None else datetime.date.fromisoformat(text)
