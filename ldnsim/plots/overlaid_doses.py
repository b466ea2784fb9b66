"""Doses of several runs below the panel that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import BLACK, dose_marks

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def shared_doses(ax: Axes, views: Sequence[tuple[Any, xr.Dataset]]) -> None:
    """Doses below a panel, in the colour of their run; in black where runs share them."""
    start = min(float(view["time"].values[0]) for _, view in views)
    stop = max(float(view["time"].values[-1]) for _, view in views)
    found = [(colour, _taken(view)) for colour, view in views]
    many = Counter(key for _, doses in found for key in {(kind, round(time, 6)) for kind, time, _ in doses})
    for shared in (True, False):
        for colour, doses in found:
            own = [dose for dose in doses if (many[dose[0], round(dose[1], 6)] > 1) is shared]
            _mark(ax, start, stop, own, BLACK if shared else colour)


def _taken(view: xr.Dataset) -> list[tuple[str, float, float]]:
    """Kind, time and length of the doses that fall into a view [h]."""
    start, stop = (float(time) for time in view["time"].values[[0, -1]])
    times, lasting, missed = (
        np.atleast_1d(np.asarray(view.attrs.get(kind, []), dtype=float)).tolist()
        for kind in ("dose_time", "dose_hours", "missed_time")
    )
    lasting = lasting if len(lasting) == len(times) else [0.0] * len(times)
    every = [("given", time, hours) for time, hours in zip(times, lasting, strict=True)]
    every += [("missed", time, 0.0) for time in missed]
    return [dose for dose in every if dose[1] + dose[2] >= start and dose[1] <= stop]


def _mark(ax: Axes, start: float, stop: float, doses: list[tuple[str, float, float]], colour: Any) -> None:
    import xarray as xr

    about = {
        "dose_time": [time for kind, time, _ in doses if kind == "given"],
        "dose_hours": [hours for kind, _, hours in doses if kind == "given"],
        "missed_time": [time for kind, time, _ in doses if kind == "missed"],
    }
    dose_marks(ax, xr.Dataset(coords={"time": [start, stop]}, attrs=about), colour)
