"""Which panels a comparison has, and which curve of a run stands in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.words import OCCUPANCY_AXIS, axis_label, heading, word
from .choosing import columns, named, plain_panel
from .curves import CYTOKINES, INFLAMMATION, MU, PLASMA, REBOUND, STORY, TONE, Curve, Panel
from .drawing import BLACK

if TYPE_CHECKING:
    import xarray as xr

CURVES = {"plasma": PLASMA.curves[0], "blockade": MU, "rebound": TONE, "cytokines": CYTOKINES}
"""What is compared, by what a footer calls it: of each of the four panels what matters most."""

_COMPARED = {"relative": REBOUND.axis, "share": OCCUPANCY_AXIS}
"""What an axis says where the panel of one run shows more."""

PANELS = tuple(
    Panel(
        name,
        heading(*curve.shown),
        _COMPARED.get(panel.scale, panel.axis),
        panel.scale,
        panel.near,
        (curve,),
    )
    for (name, curve), panel in zip(CURVES.items(), STORY, strict=True)
)


def compared_panels(runs: Mapping[str, xr.Dataset], names: str | Sequence[str] | None = None) -> list[Panel]:
    """The four panels where a run is of a drug, and one for each variable that other models observe; or those named.

    Parameters
    ----------
    runs : mapping of str to xarray.Dataset
        Results by name.
    names : str or sequence of str, optional
        Panels of these, or variables over time as the columns of ``to_frame`` name them.

    Returns
    -------
    list of Panel
        Each with one curve.

    Raises
    ------
    InputError
        If a name is unknown, or there is none.
    """
    drugs = any("observed" not in data.attrs for data in runs.values())
    found = {panel.name: panel for panel in PANELS if drugs}
    for data in runs.values():
        if name := data.attrs.get("observed"):
            axis = axis_label(data, name)
            curve = Curve(Shown(name), word(name), BLACK)
            found[axis] = Panel(word(name), heading(*curve.shown), axis, "plain", near=True, curves=(curve,))
    if names is None:
        return list(found.values())
    # what a run is drawn with and what a comparison has of it go by both names
    known = {panel.name: panel for panel in found.values()}
    known |= {INFLAMMATION.name: known["cytokines"]} if "cytokines" in known else {}
    for data in runs.values():
        known = {column: plain_panel(data, shown) for column, shown in columns(data).items()} | known
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted or len(set(map(str, wanted))) < len(wanted):
        raise InputError("panels", names, "names of panels, each once")
    return [known[named(name, known, "panels")] for name in wanted]


def compared_curve(panel: Panel, data: xr.Dataset) -> Curve | None:
    """The curve of a run in a panel, in plasma that of its own drug; nothing where it has none."""
    (curve,), observed = panel.curves, data.attrs.get("observed")
    if panel.scale == "plain":
        there = curve.shown in columns(data).values() and axis_label(data, curve.shown.name) == panel.axis
        return curve if there else None
    if observed or curve.kept(data):
        return None if observed else curve
    return next(iter(panel.of(data)), None) if panel.scale == "level" and "drug" in data.attrs else None
